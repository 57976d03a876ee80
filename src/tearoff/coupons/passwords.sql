-- Whose password this is. Outcome null: the location (an empty row for the coupon's own password) is known.
-- 'wrong_password' tells in `detail` how many tries are left or for how many seconds the session now pauses;
-- 'throttled' for how many more. Five tries, then 60 s, doubled each time up to 15 min; from 100 wrong tries an hour
-- on one coupon a session gets one try a minute (product.md 4.6 B). New sessions are had for nothing, so wrong tries
-- are counted by where they come from as well (lesson 13; p_place is the digest of a network, null where none is asked
-- for): 40 of one account's coupons in a clock hour, as many as one session alone would get, and 5 once the coupon is
-- being guessed at. Tries at the same moment may pass that by as many as there are connections to the database.
-- The session's row is locked by the caller.
create or replace function password_tried(
    s coupon_session, c campaign, p_digest bytea, p_at timestamptz, p_place text,
    out outcome text, out detail jsonb, out location location
) language plpgsql volatile as $$
declare
    t password_try;
    v_hour int;
    v_allowed int := 5;
    v_pause int;
    v_place text := 'password/' || s.account_id || '/' || p_place;
    v_here int;
begin
    select * into t from password_try p where p.session = s.id;
    if t.paused_until > p_at then
        outcome := 'throttled';
        detail := jsonb_build_object('seconds', ceil(extract(epoch from t.paused_until - p_at))::int);
        return;
    end if;
    if p_place is not null then
        select x.amount into v_here from throttle x where x.key = v_place and x."window" = clock_hour(p_at);
        if v_here >= 5 then
            select y.wrong into v_hour from campaign_try y where y.campaign = c.id and y.hour = date_trunc('hour', p_at);
            if v_here >= 40 or v_hour >= 100 then
                outcome := 'throttled';
                detail := jsonb_build_object('seconds', ceil(extract(epoch from clock_hour(p_at) + '1 hour' - p_at))::int);
                return;
            end if;
        end if;
    end if;

    select * into location from location l where l.account_id = s.account_id and l.password_digest = p_digest;
    if location.id is not null or (c.password_digest = p_digest
        and not exists (select from campaign_location n where n.campaign_id = c.id)) then
        detail := '{}';
        return;
    end if;

    insert into campaign_try (campaign, hour, wrong) values (c.id, date_trunc('hour', p_at), 1)
    on conflict (campaign, hour) do update set wrong = campaign_try.wrong + 1
    returning wrong into v_hour;
    if v_hour = 100 then
        insert into owner_mail (account_id, kind, data, created_at, tries)
        values (s.account_id, 'wrong_passwords', jsonb_build_object('campaign', c.id, 'name', c.name, 'tries', v_hour), p_at, 0);
    end if;
    if v_hour >= 100 then v_allowed := 1; end if;
    if p_place is not null then
        insert into throttle (key, "window", amount) values (v_place, clock_hour(p_at), 1)
        on conflict (key, "window") do update set amount = throttle.amount + 1;
    end if;

    t.wrong := coalesce(t.wrong, 0) + 1;
    t.pauses := coalesce(t.pauses, 0);
    t.paused_until := null;
    outcome := 'wrong_password';
    if t.wrong >= v_allowed then
        v_pause := case when v_allowed = 1 then 60 else least(60 * 2 ^ least(t.pauses, 10), 900)::int end;
        t.paused_until := p_at + make_interval(secs => v_pause);
        t.pauses := t.pauses + 1;
        t.wrong := 0;
        detail := jsonb_build_object('left', 0, 'seconds', v_pause);
    else
        detail := jsonb_build_object('left', v_allowed - t.wrong);
    end if;
    insert into password_try as p (session, wrong, pauses, paused_until) values (s.id, t.wrong, t.pauses, t.paused_until)
    on conflict (session) do update
    set wrong = excluded.wrong, pauses = excluded.pauses, paused_until = excluded.paused_until;
end $$;

-- A password was right and its use taken: it makes up for a wrong one, as a busy counter stands behind one address.
create or replace function password_was_right(s coupon_session, p_at timestamptz, p_place text)
returns void language sql volatile as $$
    delete from password_try t where t.session = s.id;
    update throttle x set amount = x.amount - 1
    where x.key = 'password/' || s.account_id || '/' || p_place and x."window" = clock_hour(p_at) and x.amount > 0
$$;

-- The whole hour of the clock in UTC, as the windows of `throttle` are cut.
create or replace function clock_hour(p_at timestamptz)
returns timestamptz language sql stable as $$
    select date_trunc('hour', p_at, 'UTC')
$$;
