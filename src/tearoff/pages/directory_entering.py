"""How members of a directory come in on its pages: sign up, log in, sign on once by a link, and out again."""

import contextlib
import hashlib
import math
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from tearoff.activity import guessing, throttling
from tearoff.campaigns import forms
from tearoff.directories import entering, members
from tearoff.directories.entering import Refusal
from tearoff.kit.addresses import network_of
from tearoff.kit.lane import Answer, redirect
from tearoff.kit.texts import Catalogue
from tearoff.pages import rendering
from tearoff.pages.directory_presenting import COLUMNS, JOINING
from tearoff.pages.directory_visit import Visit

SHORTEST, LONGEST = 8, 128
"""Characters of a password."""

JOIN_WINDOW = timedelta(hours=1)
JOINS_FROM_ONE_PLACE = 30
"""Sign-ups in that window; a shop's whole counter may stand behind one address."""

DONE = {"joined": "can_log_in", "deleted": "deleted"}


# Logging in and out


def ask_to_log_in(visit: Visit) -> Answer:
    """GET of `.../login`."""
    if visit.shown.member:
        return redirect(_after(visit), 302)
    done = DONE.get(visit.request.query.get("done", ""), "")
    return visit.answer(visit.shown.login_page(done=visit.shown.words.say(done) if done else "", offer=visit.offer))


def log_in(visit: Visit) -> Answer:
    """POST of `.../login`. Unknown address and wrong password look the same; a block is told to who knew the password."""
    typed = visit.request.form
    email = _one_line(typed.get("email", ""))[:254]
    password = typed.get("password", "")[: LONGEST + 1]
    found = entering.log_in(visit.directory, email, password, visit.request.place, at=visit.at)
    if not isinstance(found, Refusal):
        return visit.logged_in(found, _after(visit))
    say = visit.shown.words.say
    if found is Refusal.PAUSED:
        status, refusal = 429, say("tries_wait", count=guessing.minutes_left(visit.at))
    else:
        status, refusal = 403, say("login_blocked" if found is Refusal.BLOCKED else "wrong_login")
    return visit.answer(visit.shown.login_page(email=email, refusal=refusal, offer=visit.offer), status)


def log_out(visit: Visit) -> Answer:
    """POST of `.../logout`: this browser's log-in ends."""
    if visit.key:
        entering.log_out(visit.key, at=visit.at)
    return visit.logged_out(visit.path)


def _after(visit: Visit) -> str:
    """Where one wanted to go before the log-in."""
    return f"{visit.path}/o/{visit.offer.id}" if visit.offer else visit.path


# Signing up


def ask_to_join(visit: Visit) -> Answer:
    """GET of `.../join`."""
    if not visit.directory.sign_up:
        return rendering.not_available()
    if visit.shown.member:
        return redirect(_after(visit), 302)
    return visit.answer(visit.shown.join_page(offer=visit.offer))


def join(visit: Visit) -> Answer:
    """POST of `.../join`. A known address gets the same answer as a new one, after the same work, and nothing of its member
    changes (lesson 52)."""
    if not visit.directory.sign_up:
        return rendering.not_available()
    filled = _filled(visit)
    if filled.errors:
        return visit.answer(visit.shown.join_page(filled=filled, offer=visit.offer), 422)
    if _counted(visit) > JOINS_FROM_ONE_PLACE:
        refusal = visit.shown.words.say("tries_wait", count=_minutes_left(visit.at))
        return visit.answer(visit.shown.join_page(filled=filled, refusal=refusal, offer=visit.offer), 429)
    profile = {COLUMNS[name]: value for name, value in filled.values.items() if name in COLUMNS}
    with contextlib.suppress(
        members.EmailTaken
    ):  # who has an account logs in to it; nobody else learns that there is one
        members.register(
            directory=visit.directory,
            email=filled.values["email"],
            password=visit.request.form.get("password", ""),
            profile=profile,
            at=visit.at,
            actor="visitor",
            consents=_evidence(visit, filled),
        )
    offer = f"&offer={visit.offer.id}" if visit.offer else ""
    return redirect(f"{visit.path}/login?done=joined{offer}")


def _filled(visit: Visit) -> forms.Filled:
    boxes = forms.consents_of(visit.directory.consents)
    typed = visit.request.form
    outdated = {box.name for box in boxes if typed.get(f"{box.name}_version") != box.version}
    filled = forms.fill(JOINING, boxes, {name: value for name, value in typed.items() if name not in outdated}, {})
    problem = password_problem(typed.get("password", ""), visit.shown.words)
    if problem:
        filled.errors["password"] = problem
    return filled


def password_problem(password: str, words: Catalogue) -> str:
    """Why this one cannot be taken, in words; "" when it can."""
    if len(password) < SHORTEST:
        return words.say("error_password_short")
    if len(password) > LONGEST:
        return words.say("error_password_long")
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        return words.say("error_password_common")
    return ""


def _counted(visit: Visit) -> int:
    """Sign-ups from this place in this hour, with this one."""
    digest = hashlib.sha256(network_of(visit.request.place).encode(errors="replace")).hexdigest()[:32]
    return throttling.count_up(f"directory/{visit.directory.pk}/join/{digest}", at=visit.at, window=JOIN_WINDOW)


def _minutes_left(at: datetime) -> int:
    return math.ceil((JOIN_WINDOW.total_seconds() - at.timestamp() % JOIN_WINDOW.total_seconds()) / 60)


def _evidence(visit: Visit, filled: forms.Filled) -> list[dict[str, Any]] | None:
    """What was agreed to, when, and from where."""
    where = visit.request.place
    found = [
        {"name": box.name, "text": box.text, "link": box.link, "version": box.version, "at": visit.at.isoformat(),
         "address": where}
        for box in filled.agreed
    ]  # fmt: skip
    return found or None


# Signing on once


def ask_to_sign_on(visit: Visit) -> Answer:
    """GET of `/d/<code>?token=...`: one button. Mail scanners open links, so opening takes nothing (lessons 23 and 30)."""
    token = visit.request.query["token"]
    is_good = entering.is_good(visit.directory, token, at=visit.at)
    return visit.answer(visit.shown.sign_on_page(token, is_good))


def sign_on(visit: Visit) -> Answer:
    """POST of `.../enter`: the token is used up, and its address left behind."""
    key = entering.sign_on(visit.directory, visit.request.form.get("token", ""), at=visit.at)
    if key is None:
        return visit.answer(visit.shown.sign_on_page("", is_good=False), 409)
    return visit.logged_in(key, visit.path)


def _one_line(text: str) -> str:
    """Without characters that no address has and the database does not take."""
    return "".join(letter for letter in text if letter.isprintable())
