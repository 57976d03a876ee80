-- Write down what happened, and leave a slip for every reader that must not miss it.
-- Called inside the statement of the change, so that both are there or neither is (lesson 33).
create or replace function note(
    p_account bigint, p_kind text, p_subject text, p_campaign bigint, p_session bigint, p_location bigint,
    p_actor text, p_at timestamptz, p_data jsonb
) returns bigint language plpgsql volatile as $$
declare
    v_event bigint;
begin
    insert into event (account, kind, subject, campaign, session, location, actor, at, data)
    values (p_account, p_kind, p_subject, p_campaign, p_session, p_location, p_actor, p_at, p_data)
    returning id into v_event;

    insert into outbox (event, reader)
    select v_event, r.name from event_reader r where r.account = p_account;

    return v_event;
end $$;

-- As `note`, for many things of one account that happened in one statement: two inserts, however many they are.
create or replace function note_each(
    p_account bigint, p_kind text, p_subjects text[], p_actor text, p_at timestamptz, p_data jsonb[]
) returns bigint language sql volatile as $$
    with noted as (
        insert into event (account, kind, subject, actor, at, data)
        select p_account, p_kind, n.subject, p_actor, p_at, n.data
        from unnest(p_subjects, p_data) with ordinality as n(subject, data, place)
        order by n.place
        returning id
    ), slips as (
        insert into outbox (event, reader)
        select n.id, r.name from noted n, event_reader r where r.account = p_account order by n.id
    )
    select count(*) from noted
$$;
