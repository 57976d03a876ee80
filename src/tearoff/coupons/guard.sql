-- Why an act on a session is refused, or null: the first reason in the order of product.md section 5.
-- It looks only at the rows it is given; they were read after the locks (architecture.md 3.1). `p_entrance` is 'api',
-- 'holder', 'staff' or 'system'. The claim that a validation carries along (p_with_claim) counts against claims too.
create or replace function coupon_verdict(
    p_act text, p_entrance text, s coupon_session, c campaign, k campaign_counter,
    p_account_refusal text, p_with_claim boolean, p_codes_left boolean, p_at timestamptz
) returns text language plpgsql immutable as $$
begin
    if s.voided_at is not null then return 'voided'; end if;
    if s.locked_at is not null then return 'locked'; end if;
    if p_account_refusal is not null then return 'account_' || p_account_refusal; end if;
    if c.deleted_at is not null or c.is_template or c.status <> 'active' then return 'inactive'; end if;
    if p_at < c.starts_at then return 'not_started'; end if;
    if is_past(session_ends(s, c), p_at) then return 'expired'; end if;

    if p_act = 'claim' then
        if s.claimed_at is not null then return 'already_claimed'; end if;
    elsif p_act = 'validate' then
        if s.uses >= c.uses_per_session then return 'already_used'; end if;
        if s.claimed_at is null and p_entrance in ('staff', 'holder') and c.claim_method <> 'none' then
            return 'not_claimed';
        end if;
        if s.validated_at is not null and c.minutes_between_uses > 0
            and p_at < s.validated_at + make_interval(mins => c.minutes_between_uses) then
            return 'too_soon';
        end if;
    end if;

    if k.validations >= c.max_validations then return 'sold_out'; end if;
    if p_act = 'claim' or p_with_claim then
        if k.claims >= c.max_claims or not p_codes_left then return 'sold_out'; end if;
    end if;

    if p_act = 'claim' or p_with_claim then
        if not within_hours(c.hours, c.timezone, 'claim', p_at) then return 'outside_hours'; end if;
    end if;
    if p_act = 'validate' and not within_hours(c.hours, c.timezone, 'validate', p_at) then return 'outside_hours'; end if;
    return null;
end $$;
