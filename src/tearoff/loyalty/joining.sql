-- Make holders of a card, many at once. `p_people` is a list of profiles, `p_keys` as many fresh codes of 21 letters.
-- A row is missing in the answer when its code, its person or its form has a holder already, all of them when the card was
-- removed; who calls finds out which.
create or replace function loyalty_joined(
    p_card bigint, p_people jsonb, p_keys text[], p_at timestamptz, p_actor text
) returns table (key text, holder bigint) language sql volatile as $$
    with made as (
        insert into loyalty_holder (account_id, card_id, person, code, key, first_name, last_name, email, phone, gender,
                                    birthday, address, zip, city, email_key, phone_key, custom, extra, consents, request_key,
                                    balance, lifetime, entries, round, round_started_at, goal, created_at, updated_at)
        select c.account_id, c.id, coalesce((e->>'person')::bigint, nextval('loyalty_person_id')), left(g.key, 6), g.key,
            coalesce(e->>'first_name', ''), coalesce(e->>'last_name', ''), coalesce(e->>'email', ''),
            coalesce(e->>'phone', ''), coalesce(e->>'gender', ''), (e->>'birthday')::date, coalesce(e->>'address', ''),
            coalesce(e->>'zip', ''), coalesce(e->>'city', ''), coalesce(e->>'email_key', ''), coalesce(e->>'phone_key', ''),
            coalesce(e->'custom', '{}'), coalesce(e->'extra', '{}'), nullif(e->'consents', 'null'), e->>'request_key',
            0, 0, 0, 1, p_at, c.goal, p_at, p_at
        from rows from (jsonb_array_elements(p_people), unnest(p_keys)) with ordinality as g(e, key, place), loyalty_card c
        where c.id = p_card and c.deleted_at is null
        order by g.place
        on conflict do nothing
        returning *
    ), noted as (
        select note_each(min(m.account_id), 'loyalty.registered', array_agg(m.code order by m.id), p_actor, p_at,
                         array_agg(holder_state(m) order by m.id))
        from made m having count(*) > 0
    )
    select m.key, m.id from made m cross join noted
$$;
