-- One user interaction of an account: a person's first opening of a session, or one giving of stamps or points
-- (product.md 4.19). Counted only where its package has a limit, so an account without one has no hot row; the first
-- month counts from when the limit was set. `p_enforced`: false when the month's limit is reached, and nothing is counted.
-- The row is the last lock of every verb that takes it.
create or replace function interaction_taken(p_account bigint, p_at timestamptz, p_enforced boolean)
returns boolean language plpgsql volatile as $$
declare
    v_most int;
    v_month date;
begin
    select p.max_interactions, date_trunc('month', p_at at time zone a.timezone)::date into v_most, v_month
    from account a join package p on p.id = a.package_id where a.id = p_account;
    if v_most is null then
        return true;
    end if;
    insert into interaction_month (account, month, amount) values (p_account, v_month, 0)
    on conflict (account, month) do nothing;
    update interaction_month m set amount = m.amount + 1
    where m.account = p_account and m.month = v_month and (not p_enforced or m.amount < v_most);
    return found;
end $$;
