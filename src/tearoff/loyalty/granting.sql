-- Give stamps or points, or take them back (p_delta negative): the one place where a balance changes by hand.
-- Lock order: holder, then what issuing a reward locks (stock, session, counter, day, own code, person).
--   p_method    'api', 'password', 'scan', 'widget', 'correction'
--   p_nonce     the caller's name for this act, or null: a repeat of it is answered as the first was
--   p_location  the location credited, or null; one that is not the card's is refused
--   p_reverses  the number of the entry this takes back, or null; all that takes one back never exceeds it
-- Outcomes: 'ok', 'unknown', 'voided', 'account_blocked', 'account_expired', 'inactive', 'collects_nothing',
-- 'nothing' (zero), 'nonce_reused', 'wrong_location', 'too_many', 'completed', 'too_soon', 'day_limit', 'not_reversible',
-- 'too_little'. `detail` names the rule: most, next (when it works again), left (today).
create or replace function loyalty_grant(
    p_account bigint, p_holder bigint, p_delta int, p_at timestamptz, p_actor text, p_method text, p_nonce text,
    p_location bigint, p_note text, p_reverses int,
    out outcome text, out detail jsonb, out h loyalty_holder
) language plpgsql volatile as $$
declare
    c loyalty_card;
    v_first loyalty_entry;
begin
    detail := '{}';
    h := holder_locked(p_account, p_holder);
    if h.id is null then outcome := 'unknown'; return; end if;
    if p_nonce is not null then
        select * into v_first from loyalty_entry e where e.holder_id = h.id and e.nonce = p_nonce;
        if v_first.id is not null then
            outcome := case when v_first.delta = p_delta then 'ok' else 'nonce_reused' end;
            detail := jsonb_build_object('entry', v_first.number);
            return;
        end if;
    end if;
    select * into c from loyalty_card x where x.id = h.card_id;

    select g.reason, g.told into outcome, detail
    from grant_refusal(h, c, account_refusal(h.account_id, p_at), p_delta, p_at, p_method, p_location, p_reverses) g;
    if outcome is not null then
        perform note(h.account_id, 'loyalty.refused', h.code, null, null, p_location, p_actor, p_at,
                     holder_state(h) || jsonb_build_object('reason', outcome, 'delta', p_delta));
        return;
    end if;

    h := balance_moved(h, p_delta, p_at, p_actor, p_method, p_location, p_note, p_nonce, p_reverses);
    detail := jsonb_build_object('entry', h.entries);
    if p_delta > 0 then  -- given for the first time or again: a correction that fills a round turns it, as a stamp does
        h := rounds_turned(h, c, p_delta, p_at, p_actor);
    end if;
    update loyalty_holder x
    set balance = h.balance, lifetime = h.lifetime, entries = h.entries, round = h.round, goal = h.goal,
        round_started_at = h.round_started_at, granted_at = h.granted_at, updated_at = p_at
    where x.id = h.id;
    perform note(h.account_id, 'loyalty.points_changed', h.code, null, null, p_location, p_actor, p_at,
                 holder_state(h) || detail || jsonb_build_object('delta', p_delta, 'method', p_method)
                     || jsonb_strip_nulls(jsonb_build_object('reverses', p_reverses)));
    perform rewards_issued(h, p_at, p_actor);
    if p_delta > 0 and p_reverses is null then
        perform interaction_taken(h.account_id, p_at, false);  -- counted, never refused: staff have the customer before them
    end if;
    outcome := 'ok';
end $$;

-- Why a grant is refused, or null, and what there is to tell about the rule. The limits are for giving: taking back is
-- never too soon or too much for one day.
create or replace function grant_refusal(
    h loyalty_holder, c loyalty_card, p_account_refusal text, p_delta int, p_at timestamptz, p_method text,
    p_location bigint, p_reverses int, out reason text, out told jsonb
) language plpgsql stable as $$
declare
    v_day timestamp := date_trunc('day', p_at at time zone c.timezone);
    v_today timestamptz := day_begins(v_day, c.timezone);
    v_given int;
begin
    told := '{}';
    reason := holder_refusal(h, c, p_account_refusal);
    if reason is not null then return; end if;
    if c.kind = 'membership' then reason := 'collects_nothing'; return; end if;
    if p_delta = 0 then reason := 'nothing'; return; end if;
    if p_location is not null and not exists (
        select from loyalty_card_location n join location l on l.id = n.location_id
        where n.card_id = c.id and l.id = p_location and not l.is_disabled) then
        reason := 'wrong_location';
        return;
    end if;

    if p_delta > 0 and p_reverses is null then
        if p_delta > c.max_per_grant then
            reason := 'too_many';
            told := jsonb_build_object('most', c.max_per_grant);
            return;
        end if;
        -- One act fills a hundred rounds at most: more is a mistake, and would make coupons without end.
        if p_delta > 100::bigint * h.goal or h.balance::bigint + p_delta > 1000000000 then
            reason := 'too_many';
            told := jsonb_build_object('most', least(100::bigint * h.goal, 1000000000 - h.balance));
            return;
        end if;
        if h.goal is not null and not c.new_round and h.balance >= h.goal then reason := 'completed'; return; end if;
        if c.minutes_between > 0 and p_at < h.granted_at + make_interval(mins => c.minutes_between) then
            reason := 'too_soon';
            told := jsonb_build_object('next', h.granted_at + make_interval(mins => c.minutes_between),
                                       'minutes', c.minutes_between);
            return;
        end if;
        if c.max_per_day is not null then
            v_given := given_since(h, v_today);
            if v_given + p_delta > c.max_per_day then
                reason := 'day_limit';
                told := jsonb_build_object(
                    'most', c.max_per_day, 'left', greatest(0, c.max_per_day - v_given),
                    'next', day_begins(v_day + interval '1 day', c.timezone));
                return;
            end if;
        end if;
    end if;

    if p_reverses is not null and not reversal_fits(h, p_reverses, p_delta) then
        reason := 'not_reversible';
        return;
    end if;
    if h.balance + p_delta < 0 then
        reason := 'too_little';
        told := jsonb_build_object('balance', h.balance);
    end if;
end $$;

-- The first instant of a day there. Where clocks go back over midnight (the Azores, Cuba) it stands there twice, and
-- `at time zone` takes the second: what was given in the hour before it would be of no day (contract/conventions.md 5.3).
create or replace function day_begins(p_day timestamp, p_zone text)
returns timestamptz language sql stable as $$
    select case when (t.at - interval '1 hour') at time zone p_zone = p_day then t.at - interval '1 hour' else t.at end
    from (select p_day at time zone p_zone) as t(at)
$$;

-- What was given from a moment on, less what of it was taken back by its name.
create or replace function given_since(h loyalty_holder, p_since timestamptz)
returns int language sql stable as $$
    select coalesce(sum(e.delta), 0)::int
    from loyalty_entry e
    where e.holder_id = h.id and e.at >= p_since and (
        (e.delta > 0 and e.reverses is null)
        or (e.delta < 0 and exists (select from loyalty_entry f
                                    where f.holder_id = h.id and f.number = e.reverses and f.at >= p_since))
    )
$$;

-- Whether an entry is there to be taken back by this much: opposite sign, and no more than is left of it.
create or replace function reversal_fits(h loyalty_holder, p_reverses int, p_delta int)
returns boolean language plpgsql stable as $$
declare
    v_entry loyalty_entry;
    v_left int;
begin
    select * into v_entry from loyalty_entry e where e.holder_id = h.id and e.number = p_reverses;
    if v_entry.id is null or v_entry.reverses is not null or v_entry.method = 'round' or sign(v_entry.delta) = sign(p_delta) then
        return false;
    end if;
    select v_entry.delta + coalesce(sum(e.delta), 0) into v_left
    from loyalty_entry e where e.holder_id = h.id and e.reverses = p_reverses;
    return abs(p_delta) <= abs(v_left);
end $$;

-- Write one entry and carry the balance along; the holder's row itself is written by the caller. A price, and its being
-- given back, is no part of what was ever given.
create or replace function balance_moved(
    h loyalty_holder, p_delta int, p_at timestamptz, p_actor text, p_method text, p_location bigint, p_note text,
    p_nonce text, p_reverses int
) returns loyalty_holder language plpgsql volatile as $$
begin
    h.entries := h.entries + 1;
    h.balance := h.balance + p_delta;
    if p_method not in ('round', 'reward') and not exists (
        select from loyalty_entry e where e.holder_id = h.id and e.number = p_reverses and e.method = 'reward') then
        h.lifetime := h.lifetime + p_delta;
    end if;
    if p_delta > 0 and p_reverses is null then
        h.granted_at := p_at;
    end if;
    insert into loyalty_entry (account, card, holder_id, number, delta, balance, round, method, location_id, actor, at, note,
                               nonce, reverses)
    values (h.account_id, h.card_id, h.id, h.entries, p_delta, h.balance, h.round, p_method, p_location, p_actor, p_at,
            coalesce(p_note, ''), p_nonce, p_reverses);
    return h;
end $$;

-- Note the rewards whose threshold was just crossed, and begin a new round with the surplus as often as one is full.
create or replace function rounds_turned(h loyalty_holder, c loyalty_card, p_delta int, p_at timestamptz, p_actor text)
returns loyalty_holder language plpgsql volatile as $$
declare
    v_before int := h.balance - p_delta;
    v_earning int := h.entries;
begin
    if c.kind = 'reward' then
        return h;
    end if;
    -- A round that began without a goal never ends, so there is no next one in which a goal could count. Who has less than
    -- the card's goal goes on towards it; who has more keeps it all.
    if h.goal is null and v_before < c.goal then
        h.goal := c.goal;
    end if;
    loop
        insert into loyalty_earned (account, card, holder_id, reward_id, round, entry, is_chosen, at, campaign, session_code,
                                    waits_for)
        select h.account_id, h.card_id, h.id, r.id, h.round, v_earning, false, p_at, r.campaign_id, '', 'issue'
        from loyalty_reward r, threshold_in(r, h.round_started_at) as t(points)
        where r.card_id = h.card_id and r.retired_at is null
            and t.points > v_before and t.points <= least(h.balance, coalesce(h.goal, h.balance))
        order by t.points, r.id
        on conflict do nothing;
        exit when h.goal is null or not c.new_round or h.balance < h.goal;
        h := balance_moved(h, -h.goal, p_at, p_actor, 'round', null, null, null, null);
        h.round := h.round + 1;
        h.round_started_at := p_at;
        h.goal := c.goal;
        v_before := 0;
    end loop;
    return h;
end $$;
