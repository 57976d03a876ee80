-- When a session ends: the earliest of the campaign's fixed end, the clock from the first opening, the clock from the
-- claim, and the session's own end. Computed from the present settings, so moving a date moves all (product.md 4.5).
create or replace function session_ends(s coupon_session, c campaign)
returns timestamptz language sql stable as $$
    select least(
        c.ends_at,
        s.expires_at,
        ends_after(s.opened_at, c.after_open, c.after_open_unit, c.timezone),
        ends_after(s.claimed_at, c.after_claim, c.after_claim_unit, c.timezone)
    )
$$;

-- The session's state for the event ledger: dates and flags, no consumer data.
create or replace function session_state(s coupon_session, c campaign)
returns jsonb language sql stable as $$
    select jsonb_build_object(
        'created_at', s.created_at, 'opened_at', s.opened_at, 'played_at', s.played_at,
        'claimed_at', s.claimed_at, 'claim_type', s.claim_type, 'saved_at', s.saved_at,
        'uses', s.uses, 'max_uses', c.uses_per_session,
        'validated_at', s.validated_at, 'validation_type', s.validation_type,
        'validation_value', s.validation_value, 'value', s.value, 'location', s.location, 'staff', s.staff,
        'voided_at', s.voided_at, 'locked_at', s.locked_at, 'own_code', s.own_code,
        'ends_at', session_ends(s, c)
    )
$$;

-- How many sessions a widget code names: those of a parent's keys may be of several accounts, where such codes repeat.
-- Then none is meant, for a till must not use up the coupon of somebody else's guest (conventions.md 7.1, 'ambiguous').
create or replace function sessions_named(p_account bigint, p_short text)
returns bigint language sql stable as $$
    select (select count(*) from coupon_session s where s.account_id = p_account and s.short = lower(p_short))
        + (select count(*) from campaign_grant g
           join campaign c on c.id = g.campaign_id and c.deleted_at is null and c.account_id <> p_account
           join coupon_session s on s.account_id = c.account_id and s.campaign_id = c.id and s.short = lower(p_short)
           where g.parent_id = p_account)
$$;

-- Lock the session an account reaches by full or short code: its own, or one of a campaign granted to it.
-- An empty row (id null) when there is none; foreign, removed and unknown look the same (lesson 28), and so do the
-- sessions of a deleted campaign (coupons.md 4).
create or replace function session_locked(p_account bigint, p_code text)
returns coupon_session language plpgsql volatile as $$
declare
    s coupon_session;
begin
    if length(p_code) = 6 then
        if sessions_named(p_account, p_code) > 1 then return null; end if;
        select * into s from coupon_session where account_id = p_account and short = lower(p_code) for no key update;
    else
        select * into s from coupon_session where account_id = p_account and code = p_code for no key update;
    end if;
    if s.id is null then
        select t.* into s
        from campaign_grant g
        join campaign c on c.id = g.campaign_id
        join coupon_session t on t.account_id = c.account_id and t.campaign_id = c.id
            and (t.code = p_code or (length(p_code) = 6 and t.short = lower(p_code)))
        where g.parent_id = p_account
        limit 1
        for no key update of t;
    end if;
    if s.id is not null and exists (select from campaign c where c.id = s.campaign_id and c.deleted_at is not null) then
        return null;
    end if;
    return s;
end $$;

-- A refused attempt on a known session: noted, so that people can see it, and nothing else is changed.
create or replace function session_refused(s coupon_session, c campaign, p_reason text, p_act text, p_actor text, p_at timestamptz)
returns text language plpgsql volatile as $$
begin
    perform note(s.account_id, 'coupon.refused', s.code, s.campaign_id, s.id, null, p_actor, p_at,
                 jsonb_build_object('reason', p_reason, 'act', p_act));
    return p_reason;
end $$;
