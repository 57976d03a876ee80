-- One user interaction of an account: a person's first opening of a session, or one giving of stamps or points
-- (product.md 4.19). Every account's are metered by the roll-up of statistics, from the ledger, into `metered`: no verb waits
-- for that. Where a package limits them they are also counted here, in `amount`, in the statement of the act; a limit set
-- within a month goes on from what was metered. `p_enforced`: false when the month's limit is reached, and nothing is counted.
-- The row is the last lock of every verb that takes it.
create or replace function interaction_taken(p_account bigint, p_at timestamptz, p_enforced boolean)
returns boolean language plpgsql volatile as $$
declare
    v_most int;
    v_month date;
    m interaction_month;
begin
    select p.max_interactions, date_trunc('month', p_at at time zone a.timezone)::date into v_most, v_month
    from account a join package p on p.id = a.package_id where a.id = p_account;
    if v_most is null then
        return true;
    end if;
    insert into interaction_month (account, month, amount, metered, warned_percent) values (p_account, v_month, 0, 0, 0)
    on conflict (account, month) do nothing;
    update interaction_month i set amount = greatest(i.amount, i.metered) + 1
    where i.account = p_account and i.month = v_month and (not p_enforced or greatest(i.amount, i.metered) < v_most)
    returning i.* into m;
    if m.id is null then
        perform quota_told(p_account, v_month, v_most, v_most, 100, p_at);
        return false;
    end if;
    if m.amount >= v_most then
        perform quota_told(p_account, v_month, v_most, m.amount, 100, p_at);
    elsif m.amount >= 0.8 * v_most then
        perform quota_told(p_account, v_month, v_most, m.amount, 80, p_at);
    end if;
    return true;
end $$;

-- Mail the owner that so many percent of this limit are used: once of each, for each limit there was in the month.
create or replace function quota_told(
    p_account bigint, p_month date, p_most int, p_used int, p_percent int, p_at timestamptz
) returns void language plpgsql volatile as $$
begin
    update interaction_month i set warned_most = p_most, warned_percent = p_percent
    where i.account = p_account and i.month = p_month
        and (i.warned_most is distinct from p_most or i.warned_percent < p_percent);
    if not found then return; end if;
    insert into owner_mail (account_id, kind, data, created_at, tries)
    select a.id, case p_percent when 100 then 'quota_reached' else 'quota_near' end,
        jsonb_build_object('company', a.company, 'used', p_used, 'most', p_most, 'month', to_char(p_month, 'YYYY-MM'),
                           'next', to_char(p_month + interval '1 month', 'YYYY-MM-DD')), p_at, 0
    from account a where a.id = p_account;
end $$;

-- Whether an event of the ledger is an interaction. A correction that gives back what was taken is none.
create or replace function is_interaction(p_kind text, p_data jsonb)
returns boolean language sql immutable as $$
    select p_kind = 'coupon.opened'
        or (p_kind = 'loyalty.points_changed' and (p_data->>'delta')::int > 0 and p_data->>'reverses' is null)
$$;
