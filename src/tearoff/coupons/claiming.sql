-- Claim a coupon session: the consumer's offer becomes a usable coupon, once.
-- One statement from the caller's side; the lock order is session, counter, day, own code, person (architecture.md 3.1).
-- Outcomes: 'ok' and the refusals of product.md section 5. `p_details` holds what the act brings along:
-- customer (merged), email_key, phone_key, consents.
create or replace function coupon_claim(
    p_account bigint, p_code text, p_at timestamptz, p_actor text, p_entrance text, p_type text, p_details jsonb,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
    k campaign_counter;
    v_own own_code;
begin
    detail := '{}';
    s := session_locked(p_account, p_code);
    if s.id is null then outcome := 'unknown'; return; end if;
    select * into k from campaign_counter where campaign = s.campaign_id for no key update;
    select * into c from campaign where id = s.campaign_id;
    select * into v_own from own_code_locked(s, c);

    outcome := coupon_verdict('claim', p_entrance, s, c, k, account_refusal(s.account_id, p_at), true,
                              own_code_enough(s, c, v_own), p_at);
    if outcome is null then
        outcome := day_refusal(c, p_at);
    end if;
    if outcome is not null then
        if outcome <> 'already_claimed' or p_entrance <> 'holder' then
            perform session_refused(s, c, outcome, 'claim', p_actor, p_at);
        end if;
        return;
    end if;

    s := session_with(s, p_details);
    if not person_taken_up(s, c) then
        outcome := 'person_has_one';
        perform session_refused(s, c, outcome, 'claim', p_actor, p_at);
        select * into s from coupon_session x where x.id = s.id;
        return;
    end if;
    -- A holder's claim of what nobody has opened opens it too. The month's count is the last lock there is.
    if s.opened_at is null and p_entrance = 'holder' and not interaction_taken(s.account_id, p_at, true) then
        delete from person_key p where p.campaign = s.campaign_id and p.session = s.id;
        outcome := 'quota';
        select * into s from coupon_session x where x.id = s.id;
        perform session_refused(s, c, outcome, 'claim', p_actor, p_at);
        return;
    end if;

    s := session_claimed(s, c, v_own, p_type, p_entrance, p_at, p_actor);
    outcome := 'ok';
end $$;

-- The own code this claim would take, locked; an empty row when none is needed or none is left. A campaign with own
-- codes always has a counter row (`campaigns.limits`), which the caller holds: rivals for the last code wait there, not
-- at the codes. (Waiting at the codes was tried: a row that turns out to be taken stays locked, and rivals deadlock.)
create or replace function own_code_locked(s coupon_session, c campaign)
returns own_code language plpgsql volatile as $$
declare
    v_own own_code;
begin
    if c.uses_own_codes and s.own_code = '' and s.claimed_at is null then
        select * into v_own from own_code o
        where o.campaign_id = c.id and o.state = 'free' order by o.id limit 1 for no key update;
    end if;
    return v_own;
end $$;

create or replace function own_code_enough(s coupon_session, c campaign, p_own own_code)
returns boolean language sql immutable as $$
    select not c.uses_own_codes or s.own_code <> '' or s.claimed_at is not null or p_own.id is not null
$$;

-- 'day_limit' when today's claims (in the campaign's zone) are used up. Locks the day's row until the commit. Where there is
-- none yet it is made with what was claimed before the limit was set; of two who make it the second waits for the first.
create or replace function day_refusal(c campaign, p_at timestamptz)
returns text language plpgsql volatile as $$
declare
    v_day date := (p_at at time zone c.timezone)::date;
    v_claims int;
    v_limit int;
begin
    if c.max_claims_per_day is null then
        return null;
    end if;
    if not exists (select from campaign_day d where d.campaign = c.id and d.day = v_day) then
        insert into campaign_day (campaign, day, claims)
        select c.id, v_day, count(*) from coupon_session s
        where s.campaign_id = c.id and s.claimed_at >= v_day::timestamp at time zone c.timezone
            and s.claimed_at < (v_day + 1)::timestamp at time zone c.timezone
        on conflict (campaign, day) do nothing;
    end if;
    select d.claims into v_claims from campaign_day d where d.campaign = c.id and d.day = v_day for no key update;
    select n.max_claims_per_day into v_limit from campaign n where n.id = c.id;
    return case when v_claims >= v_limit then 'day_limit' end;
end $$;

-- The session with what an act brings along laid over it; nothing is written yet.
create or replace function session_with(s coupon_session, p_details jsonb)
returns coupon_session language plpgsql immutable as $$
begin
    s.customer := s.customer || coalesce(p_details->'customer', '{}');
    s.email_key := coalesce(p_details->>'email_key', s.email_key);
    s.phone_key := coalesce(p_details->>'phone_key', s.phone_key);
    s.consents := coalesce(nullif(p_details->'consents', 'null'), s.consents);
    return s;
end $$;

-- Take every unique field's value for this session, all or none; false when somebody else has one of them.
-- It may wait for a rival's commit. A field without a value is not asked (coupons.md 10).
create or replace function person_taken_up(s coupon_session, c campaign)
returns boolean language plpgsql volatile as $$
declare
    v_wanted int;
    v_held int;
begin
    if cardinality(c.unique_fields) = 0 then
        return true;
    end if;
    insert into person_key (campaign, field, value, session)
    select s.campaign_id, w.field, w.value, s.id from unique_values(s, c) w order by w.field, w.value
    on conflict (campaign, field, value) do nothing;
    select count(*) into v_wanted from unique_values(s, c);
    select count(*) into v_held from unique_values(s, c) w
    join person_key p on p.campaign = s.campaign_id and p.field = w.field and p.value = w.value and p.session = s.id;
    if v_held < v_wanted then
        delete from person_key p using unique_values(s, c) w
        where p.campaign = s.campaign_id and p.field = w.field and p.value = w.value and p.session = s.id;
        return false;
    end if;
    return true;
end $$;

-- The session's values of the campaign's unique fields, each in the form under which persons are compared (lesson 4).
create or replace function unique_values(s coupon_session, c campaign)
returns table (field text, value text) language sql stable as $$
    select f.field, v.value
    from unnest(c.unique_fields) as f(field)
    cross join lateral (
        select case f.field
            when 'email' then s.email_key
            when 'phone' then s.phone_key
            when 'customid' then s.customid
            else left(lower(btrim(coalesce(s.customer->>f.field, s.customer->'extra'->>f.field, ''))), 255)
        end
    ) as v(value)
    where v.value <> ''
$$;

-- Write the claim: nothing refuses from here on.
create or replace function session_claimed(
    s coupon_session, c campaign, p_own own_code, p_type text, p_entrance text, p_at timestamptz, p_actor text
) returns coupon_session language plpgsql volatile as $$
begin
    if s.opened_at is null and p_entrance = 'holder' then
        s := session_opened(s, c, p_at, p_actor);
    end if;
    s.claimed_at := p_at;
    s.claim_type := p_type;
    if p_own.id is not null then
        s.own_code := p_own.code;
        s.own_code_key := p_own.key;
        update own_code set state = 'assigned', session = s.id where id = p_own.id;
    end if;
    update coupon_session t
    set claimed_at = s.claimed_at, claim_type = s.claim_type, own_code = s.own_code, own_code_key = s.own_code_key,
        customer = s.customer, email_key = s.email_key, phone_key = s.phone_key, consents = s.consents
    where t.id = s.id;
    update campaign_counter k set claims = k.claims + 1 where k.campaign = s.campaign_id;
    if c.max_claims_per_day is not null then
        insert into campaign_day (campaign, day, claims) values (c.id, (p_at at time zone c.timezone)::date, 1)
        on conflict (campaign, day) do update set claims = campaign_day.claims + 1;
    end if;
    perform note(s.account_id, 'coupon.claimed', s.code, s.campaign_id, s.id, null, p_actor, p_at, session_state(s, c));
    return s;
end $$;
