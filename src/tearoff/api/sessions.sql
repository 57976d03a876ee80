-- Coupon sessions as the wire shows them (coupons.md 8 and 9). Texts, glued together: building the same with
-- json_build_object costs five times as much, and lists have 5,000 of them. Only texts of people need escaping. All are
-- stable, because only then the planner puts them in place of their calls.

-- `YYYY-MM-DD HH:MM:SS` in UTC, or "" when it has not happened. The argument stands there once, so that the planner can
-- put any expression in its place: a call that stays a call costs as much as ten of these.
create or replace function wire_moment(p_at timestamptz)
returns text language sql stable as $$
    select coalesce(left((p_at at time zone 'UTC')::text, 19), '')
$$;

create or replace function wire_flag(p_at timestamptz)
returns text language sql stable as $$
    select case when p_at is null then '0' else '1' end
$$;

-- A text of people as a JSON text.
create or replace function wire_text(p_text text)
returns text language sql stable as $$
    select case when p_text is null or p_text = '' then '""' else to_json(p_text)::text end
$$;

-- The status block, 9.1.
create or replace function wire_status(s coupon_session, c campaign)
returns text language sql stable as $$
    select ('{"created_date_utc":"' || wire_moment(s.created_at)
        || '","opened":"' || wire_flag(s.opened_at)
        || '","open_date_utc":"' || wire_moment(s.opened_at)
        || '","played":"' || wire_flag(s.played_at)
        || '","played_date_utc":"' || wire_moment(s.played_at)
        ) || ('","claimed":"' || wire_flag(s.claimed_at)
        || '","claim_date_utc":"' || wire_moment(s.claimed_at)
        || '","claimtype":"' || s.claim_type
        || '","saved_to_passbook":"' || wire_flag(s.saved_at)
        || '","saved_to_passbook_date_utc":"' || wire_moment(s.saved_at)
        ) || ('","validated":"' || wire_flag(s.validated_at)
        || '","validation_date_utc":"' || wire_moment(s.validated_at)
        || '","validation_value":' || wire_text(s.validation_value)
        || ',"value":' || wire_text(s.value)
        ) || (',"validationtype":"' || s.validation_type
        || '","voided":"' || wire_flag(s.voided_at)
        || '","voided_date_utc":"' || wire_moment(s.voided_at)
        || '","locked":"' || wire_flag(s.locked_at)
        || '","own_validation_code":' || wire_text(s.own_code)
        || ',"uses":"' || s.uses || '","max_uses":"' || c.uses_per_session
        || '","expiry_date_utc":"' || wire_moment(session_ends(s, c)) || '"}')
$$;

-- A member of what is known of a consumer, as a JSON text. All of them are stored as texts, so their own text form is it.
create or replace function wire_member(p_customer jsonb, p_name text)
returns text language sql stable as $$
    select coalesce((p_customer->p_name)::text, '""')
$$;

-- Phones are printed without the plus sign (conventions.md 5.5).
create or replace function wire_phone(p_customer jsonb)
returns text language sql stable as $$
    select case
        when p_customer->>'phone' like '+%' then regexp_replace((p_customer->'phone')::text, '^"\+([0-9]+)"$', '"\1"')
        else wire_member(p_customer, 'phone')
    end
$$;

-- The consumer block, 9.2. In groups, because a long chain of || copies its beginning again and again.
create or replace function wire_customer(s coupon_session)
returns text language sql stable as $$
    select case
        when s.customer = '{}' then
            '{"firstname":"","lastname":"","email":"","phone":"","gender":"","birthday":"","address":"","zip":"","city":"",'
            '"country":"","language":"","customid":' || wire_text(s.customid)
            || ',"customfield1":"","customfield2":"","customfield3":"","customfield4":"","customfield5":"","customfield6":"",'
            '"customfield7":"","optin":"","utm_source":"","utm_medium":"","utm_campaign":"","utm_term":"","utm_content":""}'
        else
            ('{"firstname":' || wire_member(s.customer, 'firstname')
            || ',"lastname":' || wire_member(s.customer, 'lastname')
            || ',"email":' || wire_member(s.customer, 'email')
            || ',"phone":' || wire_phone(s.customer)
            || ',"gender":' || wire_member(s.customer, 'gender')
            || ',"birthday":' || wire_member(s.customer, 'birthday'))
            || (',"address":' || wire_member(s.customer, 'address')
            || ',"zip":' || wire_member(s.customer, 'zip')
            || ',"city":' || wire_member(s.customer, 'city')
            || ',"country":' || wire_member(s.customer, 'country')
            || ',"language":' || wire_member(s.customer, 'language')
            || ',"customid":' || wire_text(s.customid))
            || (',"customfield1":' || wire_member(s.customer, 'customfield1')
            || ',"customfield2":' || wire_member(s.customer, 'customfield2')
            || ',"customfield3":' || wire_member(s.customer, 'customfield3')
            || ',"customfield4":' || wire_member(s.customer, 'customfield4')
            || ',"customfield5":' || wire_member(s.customer, 'customfield5')
            || ',"customfield6":' || wire_member(s.customer, 'customfield6'))
            || (',"customfield7":' || wire_member(s.customer, 'customfield7')
            || ',"optin":' || wire_member(s.customer, 'optin')
            || ',"utm_source":' || wire_member(s.customer, 'utm_source')
            || ',"utm_medium":' || wire_member(s.customer, 'utm_medium')
            || ',"utm_campaign":' || wire_member(s.customer, 'utm_campaign')
            || ',"utm_term":' || wire_member(s.customer, 'utm_term'))
            || (',"utm_content":' || wire_member(s.customer, 'utm_content') || '}')
    end
$$;

-- The location block, 9.3: the place of the latest validation, l being its row.
create or replace function wire_location(s coupon_session, l location)
returns text language sql stable as $$
    select case
        when l.id is null then
            '{"ID":"","name":"","address":"","city":"","zip":"","country":"","customid":"","staff":'
        else
            '{"ID":"loc_' || l.id || '","name":' || wire_text(l.name) || ',"address":' || wire_text(l.address)
            || ',"city":' || wire_text(l.city) || ',"zip":' || wire_text(l.zip)
            || ',"country":' || wire_text(l.country) || ',"customid":' || wire_text(l.customid) || ',"staff":'
    end || wire_text(s.staff) || '}'
$$;

-- What lists and single answers have in common: session, session_url, sequenceid, customid. p_base is the base address.
create or replace function wire_head(s coupon_session, c campaign, p_base text)
returns text language sql stable as $$
    select '"session":"' || s.code || '","session_url":"' || p_base || '/p/' || c.code || '/' || s.code
        || '","sequenceid":"' || s.id || '","customid":' || wire_text(s.customid)
$$;

-- One item of a list (coupons.md 5 to 8).
create or replace function wire_item(s coupon_session, c campaign, p_base text)
returns text language sql stable as $$
    select '{' || wire_head(s, c, p_base) || ',"status":' || wire_status(s, c)
        || ',"customer":' || wire_customer(s) || '}'
$$;

-- The members of a single answer after `action` (coupons.md 9 and 10).
create or replace function wire_single(s coupon_session, c campaign, l location, p_base text)
returns text language sql stable as $$
    select wire_head(s, c, p_base) || ',"data":{"status":' || wire_status(s, c)
        || ',"customer":' || wire_customer(s) || ',"location":' || wire_location(s, l) || '}}'
$$;

-- The session an account reaches by full or short code, for reading; the verbs' own look-up is `session_locked`.
create or replace function session_seen(p_account bigint, p_code text)
returns setof coupon_session language sql stable rows 1 as $$
    select s.* from coupon_session s join campaign c on c.id = s.campaign_id and c.deleted_at is null
    where s.account_id = p_account and length(p_code) <> 6 and s.code = p_code
    union all
    select s.* from coupon_session s join campaign c on c.id = s.campaign_id and c.deleted_at is null
    where s.account_id = p_account and length(p_code) = 6 and s.short = lower(p_code)
        and sessions_named(p_account, p_code) = 1
    union all
    select s.* from campaign_grant g
    join campaign c on c.id = g.campaign_id and c.deleted_at is null
    join coupon_session s on s.account_id = c.account_id and s.campaign_id = c.id
        and (s.code = p_code or (length(p_code) = 6 and s.short = lower(p_code) and sessions_named(p_account, p_code) = 1))
    where g.parent_id = p_account and c.account_id <> p_account
    limit 1
$$;
