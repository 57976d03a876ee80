-- Void a holder's card (fraud), or lift it. Setting what is set already changes nothing and is no event.
-- Outcomes: 'ok', 'unknown'.
create or replace function loyalty_hold(
    p_account bigint, p_holder bigint, p_at timestamptz, p_actor text, p_void boolean,
    out outcome text, out detail jsonb, out h loyalty_holder
) language plpgsql volatile as $$
begin
    detail := '{}';
    h := holder_locked(p_account, p_holder);
    if h.id is null then outcome := 'unknown'; return; end if;
    outcome := 'ok';
    if (h.voided_at is not null) = p_void then return; end if;
    h.voided_at := case when p_void then p_at end;
    update loyalty_holder x set voided_at = h.voided_at, updated_at = p_at where x.id = h.id;
    perform note(h.account_id, case when p_void then 'loyalty.voided' else 'loyalty.unvoided' end, h.code, null, null, null,
                 p_actor, p_at, holder_state(h));
end $$;
