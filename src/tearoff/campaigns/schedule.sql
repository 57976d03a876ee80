-- When a clock that began at p_start runs out. Minutes and hours are elapsed time; days and months are calendar
-- units in the campaign's zone at the same clock time (31 January + 1 month = last of February). Null: no clock.
-- Stable and not immutable: so is arithmetic with time zones, and only so the planner may inline this (measured: a
-- validation costs 390 us instead of 650).
create or replace function ends_after(p_start timestamptz, p_amount int, p_unit text, p_zone text)
returns timestamptz language sql stable as $$
    select case
        when p_start is null or p_amount is null then null
        when p_unit = 'minutes' then p_start + make_interval(mins => p_amount)
        when p_unit = 'hours' then p_start + make_interval(hours => p_amount)
        when p_unit = 'days' then (p_start at time zone p_zone + make_interval(days => p_amount)) at time zone p_zone
        else (p_start at time zone p_zone + make_interval(months => p_amount)) at time zone p_zone
    end
$$;

-- Whether a second-exact end has passed: a use within the end's own second is good, one second later is not.
create or replace function is_past(p_end timestamptz, p_at timestamptz)
returns boolean language sql stable as $$
    select coalesce(p_at >= date_trunc('second', p_end) + interval '1 second', false)
$$;

-- Whether an act may happen now by the weekly hours. They are wall-clock hours in the campaign's zone (lesson 21);
-- no window for this act means always. A window may pass midnight: then it belongs to the day it began on.
-- `to` is the first minute that is closed; 24:00 is allowed.
create or replace function within_hours(p_hours jsonb, p_zone text, p_act text, p_at timestamptz)
returns boolean language plpgsql immutable as $$
declare
    v_window jsonb;
    v_any boolean := false;
    v_day int;
    v_time text;
begin
    if p_hours is null or jsonb_array_length(p_hours) = 0 then
        return true;
    end if;
    v_day := extract(isodow from p_at at time zone p_zone);
    v_time := to_char(p_at at time zone p_zone, 'HH24:MI');
    for v_window in select value from jsonb_array_elements(p_hours) loop
        continue when coalesce(v_window->>'act', 'validate') <> p_act;
        v_any := true;
        if v_window->>'from' < v_window->>'to' then
            if v_window->'days' @> to_jsonb(v_day) and v_time >= v_window->>'from' and v_time < v_window->>'to' then
                return true;
            end if;
        elsif (v_window->'days' @> to_jsonb(v_day) and v_time >= v_window->>'from')
            or (v_window->'days' @> to_jsonb((v_day + 5) % 7 + 1) and v_time < v_window->>'to') then
            return true;
        end if;
    end loop;
    return not v_any;
end $$;
