-- Lock the holder an account reaches by number of its row; an empty row (id null) for a foreign, unknown or removed one.
create or replace function holder_locked(p_account bigint, p_holder bigint)
returns loyalty_holder language plpgsql volatile as $$
declare
    h loyalty_holder;
begin
    select * into h from loyalty_holder x where x.id = p_holder and x.account_id = p_account for no key update;
    if h.id is not null and exists (select from loyalty_card c where c.id = h.card_id and c.deleted_at is not null) then
        return null;
    end if;
    return h;
end $$;

-- Why a card's holder may do nothing at this moment, or null: the first reason in the order of product.md section 5.
create or replace function holder_refusal(h loyalty_holder, c loyalty_card, p_account_refusal text)
returns text language sql immutable as $$
    select case
        when h.voided_at is not null then 'voided'
        when p_account_refusal is not null then 'account_' || p_account_refusal
        when c.deleted_at is not null or c.status <> 'active' then 'inactive'
    end
$$;

-- The number of a reward in a round: the one that was true when the round began. A reward that is younger than the
-- round has its first number.
create or replace function threshold_in(r loyalty_reward, p_since timestamptz)
returns int language sql stable as $$
    select coalesce(
        (select t.points from loyalty_threshold t where t.reward_id = r.id and t.since <= p_since order by t.since desc limit 1),
        (select t.points from loyalty_threshold t where t.reward_id = r.id order by t.since limit 1),
        r.points
    )
$$;

-- What an event tells of a holder: numbers, no personal data.
create or replace function holder_state(h loyalty_holder)
returns jsonb language sql immutable as $$
    select jsonb_build_object(
        'card', h.card_id, 'holder', h.id, 'person', h.person, 'balance', h.balance, 'lifetime', h.lifetime,
        'round', h.round, 'voided_at', h.voided_at
    )
$$;

-- A fresh code of 21 letters, as `kit.codes.session_code` draws one: the random bytes of version 4 UUIDs (PostgreSQL's
-- strong generator; two bytes of each hold fixed bits and are skipped), 248 of 256 values kept so that all letters
-- are equally likely. Drawn here because a stamp cannot know beforehand how many rewards it will earn.
create or replace function fresh_code()
returns text language plpgsql volatile as $$
declare
    v_letters constant text := '23456789abcdefghjkmnpqrstuvwxyz';
    v_code text := '';
    v_bytes bytea;
begin
    while length(v_code) < 21 loop
        v_bytes := uuid_send(gen_random_uuid());
        for i in 0..15 loop
            if i not in (6, 8) and get_byte(v_bytes, i) < 248 and length(v_code) < 21 then
                v_code := v_code || substr(v_letters, get_byte(v_bytes, i) % 31 + 1, 1);
            end if;
        end loop;
    end loop;
    return v_code;
end $$;
