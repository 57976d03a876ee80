-- The rights an account does not have: those taken from it and those taken from its package (product.md 4.18).
create or replace function account_denied(p_account bigint)
returns text[] language sql stable as $$
    select a.denied || coalesce(p.denied, '{}')
    from account a left join package p on p.id = a.package_id
    where a.id = p_account
$$;
