-- Validate a coupon session: the one place where a coupon stops being worth something.
-- Every entrance calls it. Steps and lock order: architecture.md 3.1 (session, counter, day, own code, person).
--   p_entrance  'api', 'holder' (the consumer's own page) or 'staff'
--   p_method    'api', 'button', 'password', 'scan', 'widget'
--   p_act       the caller's name for this act, or null; a repeat of it is answered 'ok' again and takes nothing
--   p_digest    keyed digest of the typed password, for the methods that ask for one
--   p_location  'loc_12', '12' or a location's name, for callers that may name one
--   p_place     digest of the network the typed password came from, or null
-- Outcomes: 'ok', 'unknown', 'throttled', 'wrong_password', 'method_off' and the refusals of product.md section 5.
create or replace function coupon_validate(
    p_account bigint, p_code text, p_at timestamptz, p_actor text, p_entrance text, p_method text,
    p_act text, p_digest bytea, p_location text, p_value text, p_staff text,
    p_place text default null,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
    k campaign_counter;
    v_own own_code;
    v_location location;
    v_tried record;
    v_with_claim boolean;
begin
    detail := '{}';
    s := session_locked(p_account, p_code);
    if s.id is null then outcome := 'unknown'; return; end if;
    select * into k from campaign_counter where campaign = s.campaign_id for no key update;
    select * into c from campaign where id = s.campaign_id;

    if p_act is not null and exists (select from validation v where v.session = s.id and v.act = p_act) then
        outcome := 'ok';
        detail := '{"repeat": true}';
        return;
    end if;

    if p_method in ('password', 'scan') then
        select * into v_tried from password_tried(s, c, p_digest, p_at, p_place);
        outcome := v_tried.outcome;
        detail := v_tried.detail;
        v_location := v_tried.location;
        if outcome is not null then
            perform session_refused(s, c, outcome, 'validate', p_actor, p_at);
            return;
        end if;
    elsif p_location is not null then
        v_location := location_named(c, p_location);
    end if;

    v_with_claim := s.claimed_at is null;
    if v_with_claim then
        select * into v_own from own_code_locked(s, c);
    end if;
    outcome := coupon_verdict('validate', p_entrance, s, c, k, account_refusal(s.account_id, p_at),
                              v_with_claim, own_code_enough(s, c, v_own), p_at);
    if outcome is null and ((p_method = 'button' and not c.by_button) or (p_method = 'password' and not c.by_password)
        or (p_method = 'scan' and not c.by_scan)) then
        outcome := 'method_off';
    end if;
    if outcome is null and (p_location is not null or v_location.id is not null) and not location_fits(c, v_location) then
        outcome := 'wrong_location';
    end if;
    if outcome is null and v_with_claim then
        outcome := day_refusal(c, p_at);
    end if;
    if outcome is null and v_with_claim and not person_taken_up(s, c) then
        outcome := 'person_has_one';
    end if;
    if outcome is not null then
        perform session_refused(s, c, outcome, 'validate', p_actor, p_at);
        return;
    end if;

    if v_with_claim then
        s := session_claimed(s, c, v_own, case when c.claim_method = 'none' then '' else 'staff' end,
                                   p_entrance, p_at, p_actor);
    end if;
    s := session_used(s, c, v_location, p_method, p_act, p_value, p_staff, p_at, p_actor);
    perform password_was_right(s, p_at, p_place);
    outcome := 'ok';
end $$;

-- Write one use: session, counter, validation, event. Nothing refuses from here on.
create or replace function session_used(
    s coupon_session, c campaign, l location, p_method text, p_act text, p_value text, p_staff text,
    p_at timestamptz, p_actor text
) returns coupon_session language plpgsql volatile as $$
declare
    v_number int;
begin
    s.uses := s.uses + 1;
    s.validated_at := p_at;
    s.validation_type := p_method;
    s.validation_value := coalesce(p_value, '');
    s.location := l.id;
    s.staff := coalesce(p_staff, '');
    update coupon_session t
    set uses = s.uses, validated_at = s.validated_at, validation_type = s.validation_type,
        validation_value = s.validation_value, location = s.location, staff = s.staff
    where t.id = s.id;
    update campaign_counter k set validations = k.validations + 1 where k.campaign = s.campaign_id;
    if s.own_code <> '' then
        update own_code set state = 'used' where session = s.id and campaign_id = s.campaign_id and state = 'assigned';
    end if;
    select coalesce(max(v.number), 0) + 1 into v_number from validation v where v.session = s.id;
    insert into validation (account, campaign, session, number, at, method, location_id, actor, value, act, undone_by)
    values (s.account_id, s.campaign_id, s.id, v_number, p_at, p_method, l.id, p_actor, s.validation_value, p_act, '');
    perform note(s.account_id, 'coupon.validated', s.code, s.campaign_id, s.id, l.id, p_actor, p_at, session_state(s, c));
    return s;
end $$;

-- Take back the latest use that still stands. Outcomes: 'ok', 'unknown', 'not_used'.
create or replace function coupon_undo(
    p_account bigint, p_code text, p_at timestamptz, p_actor text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
    v_undone validation;
    v_before validation;
begin
    detail := '{}';
    s := session_locked(p_account, p_code);
    if s.id is null then outcome := 'unknown'; return; end if;
    perform from campaign_counter where campaign = s.campaign_id for no key update;
    select * into c from campaign where id = s.campaign_id;
    update validation set undone_at = p_at, undone_by = p_actor
    where id = (select v.id from validation v where v.session = s.id and v.undone_at is null
                order by v.number desc limit 1)
    returning * into v_undone;
    if v_undone.id is null then outcome := 'not_used'; return; end if;

    select * into v_before from validation v
    where v.session = s.id and v.undone_at is null order by v.number desc limit 1;
    s.uses := s.uses - 1;
    s.validated_at := v_before.at;
    s.validation_type := coalesce(v_before.method, '');
    s.validation_value := coalesce(v_before.value, '');
    s.location := v_before.location_id;
    s.staff := '';
    update coupon_session t
    set uses = s.uses, validated_at = s.validated_at, validation_type = s.validation_type,
        validation_value = s.validation_value, location = s.location, staff = ''
    where t.id = s.id;
    update campaign_counter k set validations = k.validations - 1
    where k.campaign = s.campaign_id and (k.is_counted or k.validations > 0);  -- an uncounted row may not know this use
    if s.uses = 0 then
        update own_code o set state = 'assigned' where o.session = s.id and o.state = 'used';
    end if;
    perform note(s.account_id, 'coupon.unvalidated', s.code, s.campaign_id, s.id,
                 v_undone.location_id, p_actor, p_at,
                 session_state(s, c) || jsonb_build_object('undone_value', v_undone.value, 'undone_at', v_undone.at));
    outcome := 'ok';
end $$;

-- The location a caller named: by id or, case and outer blanks ignored, by its exact name. An empty row when it is
-- none or several of this account.
create or replace function location_named(c campaign, p_name text)
returns location language plpgsql stable as $$
declare
    v_location location;
    v_found int;
begin
    if p_name ~ '^(loc_)?[0-9]{1,18}$' then
        select * into v_location from location l
        where l.account_id = c.account_id and l.id = regexp_replace(p_name, '^loc_', '')::bigint;
        if found then return v_location; end if;
    end if;
    select count(*) into v_found from location l
    where l.account_id = c.account_id and lower(btrim(l.name)) = lower(btrim(p_name));
    if v_found = 1 then
        select * into v_location from location l
        where l.account_id = c.account_id and lower(btrim(l.name)) = lower(btrim(p_name));
    end if;
    return v_location;
end $$;

create or replace function location_fits(c campaign, l location)
returns boolean language sql stable as $$
    select l.id is not null and not l.is_disabled
        and exists (select from campaign_location t where t.campaign_id = c.id and t.location_id = l.id)
$$;
