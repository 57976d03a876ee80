-- Why an account may do nothing at this moment: null (it may), 'blocked' or 'expired' (product.md 4.1).
-- Blocked weighs more than expired; an ancestor's state counts for all below it.
create or replace function account_refusal(p_account bigint, p_at timestamptz)
returns text language sql stable as $$
    select case
        when count(*) = 0 or bool_or(a.status = 'blocked') then 'blocked'
        when bool_or(a.status in ('expired', 'frozen') or a.expires_at < p_at) then 'expired'
    end
    from account self
    join account a on a.id = any (self.ancestors)
    where self.id = p_account
$$;
