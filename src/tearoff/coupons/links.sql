-- Make one single-use link. `p_code` is a fresh session code; 'again' asks for another one.
-- With p_check_field ('email', 'phone', 'customid') and a value, the first create writes the key row and every other
-- finds its session: outcome 'duplicate' (coupons.md 18, lesson 26). An older session with the value counts as first.
-- A session whose value was changed since is nobody's any more: its new holder's link would go to a second person. The
-- key row then goes to the oldest session that has the value, or to the new one; who holds the row decides.
create or replace function coupon_link(
    p_account bigint, p_campaign bigint, p_code text, p_at timestamptz, p_actor text, p_fields jsonb,
    p_check_field text, p_check_value text, p_auto text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
    v_key bigint;
begin
    detail := '{}';
    c := campaign_reached(p_account, p_campaign);
    if c.id is null or c.is_template then outcome := 'unknown'; return; end if;

    if p_check_field is not null then
        insert into link_key (campaign, field, value, session) values (c.id, p_check_field, p_check_value, 0)
        on conflict do nothing returning id into v_key;
        if v_key is null then
            select l.id into v_key from link_key l
            where l.campaign = c.id and l.field = p_check_field and l.value = p_check_value for no key update;
            if v_key is null then outcome := 'again'; return; end if;
            select x.* into s from link_key l join coupon_session x on x.id = l.session
            where l.id = v_key and case p_check_field
                when 'email' then x.email_key when 'phone' then x.phone_key else x.customid end = p_check_value;
        end if;
        if s.id is null then
            select x.* into s from coupon_session x
            where x.campaign_id = c.id and x.account_id = c.account_id and case p_check_field
                when 'email' then x.email_key when 'phone' then x.phone_key else x.customid end = p_check_value
            order by x.id limit 1;
            update link_key set session = s.id where id = v_key and s.id is not null;
        end if;
        if s.id is not null then outcome := 'duplicate'; return; end if;
    end if;

    insert into coupon_session as t (account_id, campaign_id, code, short, is_link, created_at, expires_at, customid, customer,
                                email_key, phone_key, own_code, own_code_key, value, source, claim_type, uses,
                                validation_type, validation_value, staff, doubtful_visits)
    values (c.account_id, c.id, p_code, left(p_code, 6), true, p_at, (p_fields->>'expires_at')::timestamptz,
            coalesce(p_fields->>'customid', ''), coalesce(p_fields->'customer', '{}'),
            coalesce(p_fields->>'email_key', ''), coalesce(p_fields->>'phone_key', ''),
            coalesce(p_auto, p_fields->>'own_code', ''), coalesce(p_fields->>'own_code_key', ''),
            '', '', '', 0, '', '', '', 0)
    on conflict do nothing
    returning * into s;
    if s.id is null then
        delete from link_key where id = v_key;
        outcome := 'again';
        return;
    end if;
    if p_auto is not null then
        insert into link_key (campaign, field, value, session) values (c.id, 'auto', p_auto, s.id) on conflict do nothing;
        if not found or own_code_given(c, s.own_code_key, s.id) then
            delete from coupon_session x where x.id = s.id;
            delete from link_key l where l.id = v_key or (l.campaign = c.id and l.session = s.id);
            outcome := 'again';
            return;
        end if;
    end if;
    update link_key set session = s.id where id = v_key;
    perform note(c.account_id, 'link.made', s.code, c.id, s.id, null, p_actor, p_at, '{"amount": 1}');
    outcome := 'ok';
end $$;

-- Whether a code the platform would make is one of the merchant's own already, on a session of the coupon or imported.
-- The comparison with nothing is there for the index, which holds no empty ones.
create or replace function own_code_given(c campaign, p_key text, p_but bigint)
returns boolean language sql stable as $$
    select exists (select from coupon_session x
                   where x.account_id = c.account_id and x.own_code_key = p_key and x.own_code_key <> ''
                       and x.campaign_id = c.id and x.id <> p_but)
        or exists (select from own_code o where o.account_id = c.account_id and o.key = p_key)
$$;

-- The campaign an account reaches by id: its own, or one granted to it; an empty row otherwise.
create or replace function campaign_reached(p_account bigint, p_campaign bigint)
returns campaign language sql stable as $$
    select c from campaign c
    where c.id = p_campaign and c.deleted_at is null and (c.account_id = p_account
        or exists (select from campaign_grant g where g.parent_id = p_account and g.campaign_id = c.id))
$$;

-- Remove an unclaimed link with its data; the event stays without data (coupons.md 20).
-- Outcomes: 'ok', 'unknown', 'not_a_link', 'already_claimed', 'already_used', 'voided'.
create or replace function coupon_link_removed(
    p_account bigint, p_code text, p_at timestamptz, p_actor text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
begin
    detail := '{}';
    s := session_locked(p_account, p_code);
    outcome := case
        when s.id is null then 'unknown'
        when not s.is_link then 'not_a_link'
        when s.voided_at is not null then 'voided'
        when s.uses > 0 then 'already_used'
        when s.claimed_at is not null then 'already_claimed'
        else 'ok'
    end;
    if outcome <> 'ok' then return; end if;
    delete from coupon_session x where x.id = s.id;
    delete from link_key l where l.campaign = s.campaign_id and l.session = s.id;
    delete from password_try t where t.session = s.id;
    perform note(s.account_id, 'link.removed', '', s.campaign_id, s.id, null, p_actor, p_at, jsonb_build_object('opened', s.opened_at is not null));
end $$;
