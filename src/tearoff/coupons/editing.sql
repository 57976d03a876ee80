-- Change what is stored on a session and, in the same act, its state: together or not at all (coupons.md 10).
--   p_changes  customer (merged), customid, email_key, phone_key, own_code, own_code_key, expires_at, value,
--              validation_value; an absent member is not touched
--   p_act      'claim', 'validate', 'void', 'unvoid', 'lock', 'unlock', 'open' or null for data alone
create or replace function coupon_edit(
    p_account bigint, p_code text, p_at timestamptz, p_actor text, p_changes jsonb, p_act text, p_location text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
    v_done record;
    v_before coupon_session;
begin
    detail := '{}';
    s := session_locked(p_account, p_code);
    if s.id is null then outcome := 'unknown'; return; end if;
    v_before := s;
    select * into c from campaign where id = s.campaign_id;
    if account_refusal(s.account_id, p_at) is not null then
        outcome := 'account_' || account_refusal(s.account_id, p_at);
        return;
    end if;
    begin
        s := session_edited(s, c, p_changes, p_at, p_actor);
        outcome := 'ok';
        if p_act is not null then
            select * into v_done
            from coupon_act(p_account, s.code, p_at, p_actor, p_act, p_location, p_changes->>'validation_value');
            outcome := v_done.outcome;
            detail := v_done.detail;
            s := v_done.s;
        end if;
        if outcome <> 'ok' then raise exception sqlstate 'TO001'; end if;
        if v_before.claimed_at is not null and cardinality(c.unique_fields) > 0 then
            perform person_followed(v_before, s, c);
        end if;
    exception when sqlstate 'TO001' then
        -- The block's writes are undone, the note of the refusal with them: write that one again.
        select * into s from coupon_session x where x.id = s.id;
        perform session_refused(s, c, outcome, p_act, p_actor, p_at);
    end;
end $$;

-- The unique fields of a claimed session after its data were changed: what it has now counts as claimed with, what it had
-- does not. Somebody who has the value already keeps it. Last of all locks, as everywhere (architecture.md 3.1).
create or replace function person_followed(p_before coupon_session, s coupon_session, c campaign)
returns void language plpgsql volatile as $$
begin
    delete from person_key p using unique_values(p_before, c) b
    where p.campaign = s.campaign_id and p.field = b.field and p.value = b.value and p.session = s.id
        and not exists (select from unique_values(s, c) w where w.field = p.field and w.value = p.value);
    insert into person_key (campaign, field, value, session)
    select s.campaign_id, w.field, w.value, s.id from unique_values(s, c) w order by w.field, w.value
    on conflict (campaign, field, value) do nothing;
end $$;

-- One act of the trusted door, by name.
create or replace function coupon_act(
    p_account bigint, p_code text, p_at timestamptz, p_actor text, p_act text, p_location text, p_value text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    v_done record;
begin
    if p_act = 'validate' then
        select * into v_done from coupon_validate(p_account, p_code, p_at, p_actor, 'api', 'api', null, null, p_location, p_value, null);
    elsif p_act = 'claim' then
        select * into v_done from coupon_claim(p_account, p_code, p_at, p_actor, 'api', 'api', '{}');
    elsif p_act = 'open' then
        select * into v_done from coupon_open(p_account, p_code, p_at, p_actor, 'api');
    else
        select * into v_done from coupon_hold(p_account, p_code, p_at, p_actor, p_act);
    end if;
    outcome := v_done.outcome;
    detail := v_done.detail;
    s := v_done.s;
end $$;

create or replace function session_edited(s coupon_session, c campaign, p jsonb, p_at timestamptz, p_actor text)
returns coupon_session language plpgsql volatile as $$
begin
    s := session_with(s, p - 'consents');
    s.customid := coalesce(p->>'customid', s.customid);
    s.own_code := coalesce(p->>'own_code', s.own_code);
    s.own_code_key := coalesce(p->>'own_code_key', s.own_code_key);
    s.expires_at := coalesce((p->>'expires_at')::timestamptz, s.expires_at);
    s.value := coalesce(p->>'value', s.value);
    s.validation_value := coalesce(p->>'validation_value', s.validation_value);
    update coupon_session t
    set customer = s.customer, email_key = s.email_key, phone_key = s.phone_key, customid = s.customid,
        own_code = s.own_code, own_code_key = s.own_code_key, expires_at = s.expires_at, value = s.value,
        validation_value = s.validation_value
    where t.id = s.id;
    perform note(s.account_id, 'coupon.edited', s.code, s.campaign_id, s.id, null, p_actor, p_at, session_state(s, c));
    return s;
end $$;
