-- A person's (or a doubtful program's) GET of a public coupon address: find the way back, or make a session.
-- `p_new` is a fresh session code; outcome 'again' asks for another one, as its first six characters are taken.
-- Outcomes: 'known' and 'made' with the session's code; else why there is none: 'unknown', 'inactive', 'not_started',
-- 'expired', 'personal_link', 'sold_out', 'quota' (product.md 4.3.1: nothing is created where the answer is an end page).
create or replace function coupon_visit(
    p_campaign text, p_cookie text, p_new text, p_person boolean, p_customid text, p_details jsonb, p_source text,
    p_at timestamptz, out outcome text, out session_code text
) language plpgsql volatile as $$
declare
    c campaign;
    k campaign_counter;
    s coupon_session;
begin
    select * into c from campaign where code = p_campaign;
    outcome := campaign_unavailable(c, p_at);
    if c.id is null or c.deleted_at is not null or c.is_template then
        return;
    end if;
    if p_cookie is not null then
        select t.code into session_code from coupon_session t
        where t.account_id = c.account_id and t.code = p_cookie and t.campaign_id = c.id
            and (p_customid is null or t.customid = p_customid);
        if found then outcome := 'known'; return; end if;
    end if;
    if outcome is null then
        outcome := case
            when p_at < c.starts_at then 'not_started'
            when is_past(c.ends_at, p_at) then 'expired'
            when c.single_use_only then 'personal_link'
        end;
    end if;
    if outcome is null then
        select * into k from campaign_counter where campaign = c.id;
        if k.claims >= c.max_claims or k.validations >= c.max_validations or (c.uses_own_codes
            and not exists (select from own_code o where o.campaign_id = c.id and o.state = 'free')) then
            outcome := 'sold_out';
        end if;
    end if;
    if outcome is not null then return; end if;

    insert into coupon_session as t (account_id, campaign_id, code, short, is_link, created_at, opened_at, customid, customer,
                                source, claim_type, uses, validation_type, validation_value, staff, value, own_code,
                                own_code_key, email_key, phone_key, doubtful_visits)
    values (c.account_id, c.id, p_new, left(p_new, 6), false, p_at, case when p_person then p_at end,
            coalesce(p_customid, ''), p_details, p_source, '', 0, '', '', '', '', '', '', '', '',
            case when p_person then 0 else 1 end)
    on conflict do nothing
    returning * into s;
    if s.id is null then outcome := 'again'; return; end if;
    if p_person and not interaction_taken(c.account_id, p_at, true) then
        delete from coupon_session t where t.id = s.id;
        outcome := 'quota';
        return;
    end if;
    perform note(s.account_id, case when p_person then 'coupon.opened' else 'coupon.visited' end, s.code, c.id, s.id,
                 null, 'holder', p_at, session_state(s, c) || '{"made": true}');
    outcome := 'made';
    session_code := s.code;
end $$;

-- 'unknown' or 'inactive' when consumers get the neutral page; null when the coupon is on and its account is live.
create or replace function campaign_unavailable(c campaign, p_at timestamptz)
returns text language sql stable as $$
    select case
        when c.id is null or c.deleted_at is not null or c.is_template then 'unknown'
        when c.status <> 'active' or account_refusal(c.account_id, p_at) is not null then 'inactive'
    end
$$;

-- The first opening of a session that exists already. Outcome 'ok', 'unknown', the state's word 'opened', or a refusal.
create or replace function coupon_open(
    p_account bigint, p_code text, p_at timestamptz, p_actor text, p_entrance text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
    k campaign_counter;
begin
    detail := '{}';
    s := session_locked(p_account, p_code);
    if s.id is null then outcome := 'unknown'; return; end if;
    select * into c from campaign where id = s.campaign_id;
    outcome := coupon_verdict('open', p_entrance, s, c, k, account_refusal(s.account_id, p_at), false, true, p_at);
    if outcome is null and s.opened_at is not null then outcome := 'opened'; end if;
    if outcome is null and not interaction_taken(s.account_id, p_at, true) then outcome := 'quota'; end if;
    if outcome is not null then return; end if;
    s := session_opened(s, c, p_at, p_actor);
    outcome := 'ok';
end $$;

create or replace function session_opened(s coupon_session, c campaign, p_at timestamptz, p_actor text)
returns coupon_session language plpgsql volatile as $$
begin
    s.opened_at := p_at;
    update coupon_session set opened_at = p_at where id = s.id;
    perform note(s.account_id, 'coupon.opened', s.code, s.campaign_id, s.id, null, p_actor, p_at, session_state(s, c));
    return s;
end $$;
