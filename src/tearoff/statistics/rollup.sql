-- What one event adds to the figures of its campaign, and on which day it counts. The only place that knows: the daily
-- figures, the tail since the last roll-up and the recount all ask here, so they cannot differ (lesson 25).
-- An undone use is taken from the day it was made on. A link that was removed is no longer distributed (product.md 4.9).
create or replace function event_figures(p_kind text, p_at timestamptz, p_data jsonb)
returns table (figure text, amount bigint, money bigint, at timestamptz) language sql stable as $$
    select f.figure, f.amount::bigint, coalesce(f.money, 0), coalesce(f.at, p_at)
    from (
        select 'made', case p_kind when 'link.made' then (p_data->>'amount')::bigint else 1 end, 0, null::timestamptz
        where p_kind = 'link.made' or (p_kind in ('coupon.opened', 'coupon.visited') and p_data->'made' = 'true')
        union all select 'removed', 1, 0, null where p_kind = 'link.removed'
        union all select 'removed_opened', 1, 0, null where p_kind = 'link.removed' and p_data->'opened' = 'true'
        union all select 'doubtful', 1, 0, null where p_kind = 'coupon.visited'
        union all select 'opened', 1, 0, null where p_kind = 'coupon.opened'
        union all select 'played', 1, 0, null where p_kind = 'coupon.played'
        union all select 'claimed', 1, 0, null where p_kind = 'coupon.claimed'
        union all select 'saved', 1, 0, null where p_kind = 'coupon.saved'
        union all select 'validated', 1, hundredths(p_data->>'validation_value'), null where p_kind = 'coupon.validated'
        union all select 'users_who_used', 1, 0, null where p_kind = 'coupon.validated' and p_data->'uses' = '1'
        union all select 'validated', -1, -hundredths(p_data->>'undone_value'), (p_data->>'undone_at')::timestamptz
            where p_kind = 'coupon.unvalidated'
        union all select 'users_who_used', -1, 0, (p_data->>'undone_at')::timestamptz
            where p_kind = 'coupon.unvalidated' and p_data->'uses' = '0'
        union all select 'voided', 1, 0, null where p_kind = 'coupon.voided'
        union all select 'voided', -1, 0, null where p_kind = 'coupon.unvoided'
        union all select 'voided', (p_data->>'amount')::bigint, 0, null
            where p_kind = 'link.made' and p_data->>'status' = 'voided'
        union all select 'refused.' || left(p_data->>'reason', 30), 1, 0, null where p_kind = 'coupon.refused'
    ) as f(figure, amount, money, at)
$$;

-- Money as typed at a till, in hundredths: a decimal number with up to two places behind a point or comma, or null.
create or replace function hundredths(p_typed text)
returns bigint language sql immutable as $$
    select case when btrim(p_typed) ~ '^[0-9]{1,12}([.,][0-9]{1,2})?$'
        then (replace(btrim(p_typed), ',', '.')::numeric * 100)::bigint end
$$;

-- The day of an instant in a zone; a zone nobody knows is read as UTC, so that one wrong row cannot stop everybody's.
create or replace function day_there(p_at timestamptz, p_zone text)
returns date language plpgsql stable as $$
begin
    return (p_at at time zone p_zone)::date;
exception when invalid_parameter_value then
    return (p_at at time zone 'UTC')::date;
end $$;

-- Take up to p_limit waiting events into the daily figures and the months' interactions; how many that were. Slips and
-- figures change together, so figures plus what still waits are exact at any moment. They are written in one order, so two
-- never wait crosswise. The months come last: verbs of an account with a limit take that row too, and wait for no more than
-- this commit.
create or replace function rolled_up(p_limit int)
returns int language plpgsql volatile as $$
declare
    v_taken bigint[];
begin
    with taken as (
        delete from outbox o
        where o.id in (select w.id from outbox w where w.reader = 'statistics' order by w.id limit p_limit
                       for update skip locked)
        returning o.event
    )
    select array_agg(event) into v_taken from taken;

    insert into daily as d (account, campaign, day, kind, amount, money)
    select e.account, e.campaign, day_there(f.at, coalesce(c.timezone, 'UTC')), f.figure, sum(f.amount), sum(f.money)
    from event e
    cross join lateral event_figures(e.kind, e.at, e.data) f
    left join campaign c on c.id = e.campaign
    where e.id = any (v_taken) and e.campaign is not null
    group by 1, 2, 3, 4
    order by 2, 3, 4
    on conflict (campaign, day, kind) do update set amount = d.amount + excluded.amount, money = d.money + excluded.money;

    insert into interaction_month as m (account, month, amount, metered, warned_percent)
    select e.account, date_trunc('month', day_there(e.at, a.timezone))::date, 0, count(*), 0
    from event e join account a on a.id = e.account
    where e.id = any (v_taken) and is_interaction(e.kind, e.data)
    group by 1, 2
    order by 1, 2
    on conflict (account, month) do update set metered = m.metered + excluded.metered;

    return coalesce(cardinality(v_taken), 0);
end $$;
