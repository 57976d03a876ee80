-- Void, un-void, lock and unlock a session: side flags that keep every other flag and date.
-- Outcomes: 'ok', 'unknown', or the state's word ('voided', 'not_voided', 'locked', 'not_locked').
create or replace function coupon_hold(
    p_account bigint, p_code text, p_at timestamptz, p_actor text, p_act text,
    out outcome text, out detail jsonb, out s coupon_session
) language plpgsql volatile as $$
declare
    c campaign;
begin
    detail := '{}';
    s := session_locked(p_account, p_code);
    if s.id is null then outcome := 'unknown'; return; end if;
    select * into c from campaign where id = s.campaign_id;
    outcome := case
        when account_refusal(s.account_id, p_at) is not null
            then 'account_' || account_refusal(s.account_id, p_at)
        when p_act = 'void' and s.voided_at is not null then 'voided'
        when p_act = 'unvoid' and s.voided_at is null then 'not_voided'
        when p_act = 'lock' and s.locked_at is not null then 'locked'
        when p_act = 'unlock' and s.locked_at is null then 'not_locked'
    end;
    if outcome is not null then
        perform session_refused(s, c, outcome, p_act, p_actor, p_at);
        return;
    end if;

    if p_act = 'void' then s.voided_at := p_at;
    elsif p_act = 'unvoid' then s.voided_at := null; s.released_at := p_at;
    elsif p_act = 'lock' then s.locked_at := p_at;
    else s.locked_at := null;
    end if;
    update coupon_session t
    set voided_at = s.voided_at, locked_at = s.locked_at, released_at = s.released_at
    where t.id = s.id;
    perform note(s.account_id,
                 case p_act when 'void' then 'coupon.voided' when 'unvoid' then 'coupon.unvoided'
                            when 'lock' then 'coupon.locked' else 'coupon.unlocked' end,
                 s.code, s.campaign_id, s.id, null, p_actor, p_at, session_state(s, c));
    outcome := 'ok';
end $$;
