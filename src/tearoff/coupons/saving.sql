-- Note that a session was saved to a phone's wallet: the first time sets the flag and is told, each further one changes
-- nothing. It is a fact of the phone's and is asked for no permission: a voided coupon's pass may lie in a wallet too.
-- Outcomes: 'ok' (detail: first), 'unknown'.
create or replace function coupon_save(
    p_account bigint, p_code text, p_at timestamptz, p_actor text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
begin
    detail := '{"first": false}';
    s := session_locked(p_account, p_code);
    if s.id is null then outcome := 'unknown'; return; end if;
    outcome := 'ok';
    if s.saved_at is not null then return; end if;

    detail := '{"first": true}';
    s.saved_at := p_at;
    update coupon_session t set saved_at = s.saved_at where t.id = s.id;
    select * into c from campaign where id = s.campaign_id;
    perform note(s.account_id, 'coupon.saved', s.code, s.campaign_id, s.id, null, p_actor, p_at, session_state(s, c));
end $$;
