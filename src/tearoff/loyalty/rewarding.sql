-- Issue the coupon of every reward of a holder that has none yet: those just earned, and those that had to wait.
-- In the order of their coupons, so that two holders never wait for each other's counters.
create or replace function rewards_issued(h loyalty_holder, p_at timestamptz, p_actor text)
returns void language plpgsql volatile as $$
declare
    e loyalty_earned;
begin
    for e in select * from loyalty_earned x where x.holder_id = h.id and x.session is null order by x.campaign, x.id loop
        perform reward_issued(e, h, p_at, p_actor);
    end loop;
end $$;

-- Make a claimed session of the reward's coupon, so that it can be validated at once. Null when done; else the word of
-- why not, in the language of a refused claim ('sold_out', 'inactive', ...): then nothing of the attempt stays, and
-- the reward waits.
create or replace function reward_issued(e loyalty_earned, h loyalty_holder, p_at timestamptz, p_actor text)
returns text language plpgsql volatile as $$
declare
    r loyalty_reward;
    v_made record;
    v_claimed record;
    v_reason text;
begin
    select * into r from loyalty_reward x where x.id = e.reward_id;
    begin
        if r.stock is not null then
            update loyalty_reward x set taken = x.taken + 1 where x.id = r.id and x.taken < x.stock;
            if not found then
                v_reason := 'sold_out';
                raise exception sqlstate 'TO002';
            end if;
        end if;
        for i in 1..20 loop
            select * into v_made
            from coupon_link(h.account_id, e.campaign, fresh_code(), p_at, p_actor, reward_fields(h, r, p_at), null, null, null);
            exit when v_made.outcome <> 'again';
        end loop;
        if v_made.outcome <> 'ok' then
            v_reason := 'inactive';
            raise exception sqlstate 'TO002';
        end if;
        select * into v_claimed
        from coupon_claim(h.account_id, (v_made.s).code, p_at, p_actor, 'system', 'loyalty', '{}');
        if v_claimed.outcome <> 'ok' then
            v_reason := v_claimed.outcome;
            raise exception sqlstate 'TO002';
        end if;
        update loyalty_earned x
        set session = (v_made.s).id, session_code = (v_made.s).code, issued_at = p_at, waits_for = '' where x.id = e.id;
        perform note(h.account_id, 'loyalty.reward_claimed', (v_made.s).code, e.campaign, (v_made.s).id, null, p_actor, p_at,
                     holder_state(h) || jsonb_build_object('reward', r.id, 'earned', e.id));
    exception when sqlstate 'TO002' then
        update loyalty_earned x set waits_for = v_reason where x.id = e.id and x.waits_for <> v_reason;
    end;
    return v_reason;
end $$;

-- What the reward's coupon knows of its holder, under the names of the contract (coupons.md 9.2).
create or replace function reward_fields(h loyalty_holder, r loyalty_reward, p_at timestamptz)
returns jsonb language sql stable as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'expires_at', p_at + make_interval(days => r.days_valid),
        'email_key', h.email_key,
        'phone_key', h.phone_key,
        'customer', jsonb_strip_nulls(jsonb_build_object(
            'firstname', nullif(h.first_name, ''), 'lastname', nullif(h.last_name, ''), 'email', nullif(h.email, ''),
            'phone', nullif(h.phone, ''), 'gender', nullif(h.gender, ''), 'birthday', h.birthday,
            'address', nullif(h.address, ''), 'zip', nullif(h.zip, ''), 'city', nullif(h.city, '')))
    ))
$$;

-- Choose a reward on a reward card: its price is taken and its coupon issued, both or neither.
--   p_price  the price the holder saw, or null; another one now is refused, not charged
-- Outcomes: 'ok', 'unknown', 'voided', 'account_blocked', 'account_expired', 'inactive', 'nonce_reused', 'no_reward',
-- 'price_changed', 'too_little', 'unavailable' (detail.reason: why its coupon cannot be issued).
create or replace function loyalty_choose(
    p_account bigint, p_holder bigint, p_reward bigint, p_at timestamptz, p_actor text, p_nonce text, p_price int,
    out outcome text, out detail jsonb, out h loyalty_holder
) language plpgsql volatile as $$
declare
    c loyalty_card;
    r loyalty_reward;
    e loyalty_earned;
    v_first loyalty_entry;
    v_before loyalty_holder;
    v_reason text;
begin
    detail := '{}';
    h := holder_locked(p_account, p_holder);
    if h.id is null then outcome := 'unknown'; return; end if;
    if p_nonce is not null then
        select * into v_first from loyalty_entry x where x.holder_id = h.id and x.nonce = p_nonce;
        if v_first.id is not null then
            select * into e from loyalty_earned x where x.holder_id = h.id and x.entry = v_first.number and x.is_chosen;
            outcome := case when e.reward_id = p_reward then 'ok' else 'nonce_reused' end;
            detail := jsonb_build_object('entry', v_first.number, 'earned', e.id);
            return;
        end if;
    end if;
    select * into c from loyalty_card x where x.id = h.card_id;
    select * into r from loyalty_reward x where x.id = p_reward and x.card_id = c.id and x.retired_at is null;
    outcome := holder_refusal(h, c, account_refusal(h.account_id, p_at));
    if outcome is null then
        outcome := case
            when c.kind <> 'reward' or r.id is null then 'no_reward'
            when r.points <> p_price then 'price_changed'
            when h.balance < r.points then 'too_little'
        end;
    end if;
    if outcome is not null then return; end if;

    v_before := h;
    begin
        h := balance_moved(h, -r.points, p_at, p_actor, 'reward', null, r.name, p_nonce, null);
        insert into loyalty_earned (account, card, holder_id, reward_id, round, entry, is_chosen, at, campaign, session_code,
                                    waits_for)
        values (h.account_id, h.card_id, h.id, r.id, h.round, h.entries, true, p_at, r.campaign_id, '', 'issue')
        returning * into e;
        update loyalty_holder x set balance = h.balance, entries = h.entries, updated_at = p_at where x.id = h.id;
        perform note(h.account_id, 'loyalty.points_changed', h.code, null, null, null, p_actor, p_at,
                     holder_state(h) || jsonb_build_object('entry', h.entries, 'delta', -r.points, 'method', 'reward'));
        v_reason := reward_issued(e, h, p_at, p_actor);
        if v_reason is not null then raise exception sqlstate 'TO003'; end if;
        outcome := 'ok';
        detail := jsonb_build_object('entry', h.entries, 'earned', e.id);
    exception when sqlstate 'TO003' then
        h := v_before;
        outcome := 'unavailable';
        detail := jsonb_build_object('reason', v_reason);
    end;
end $$;

-- Try again to issue what had to wait. Outcomes: 'ok' and the refusals that hold for everything on this card.
create or replace function loyalty_collect(
    p_account bigint, p_holder bigint, p_at timestamptz, p_actor text,
    out outcome text, out detail jsonb, out h loyalty_holder
) language plpgsql volatile as $$
declare
    c loyalty_card;
begin
    detail := '{}';
    h := holder_locked(p_account, p_holder);
    if h.id is null then outcome := 'unknown'; return; end if;
    select * into c from loyalty_card x where x.id = h.card_id;
    outcome := holder_refusal(h, c, account_refusal(h.account_id, p_at));
    if outcome is not null then return; end if;
    perform rewards_issued(h, p_at, p_actor);
    outcome := 'ok';
end $$;
