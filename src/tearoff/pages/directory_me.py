"""A member's own page: the profile, the password, and leaving for good."""

from datetime import date

from tearoff.activity import guessing
from tearoff.campaigns import forms
from tearoff.directories import entering, members
from tearoff.directories.entering import Refusal
from tearoff.directories.models import Member
from tearoff.kit.lane import Answer, redirect
from tearoff.pages import directory_entering
from tearoff.pages.directory_presenting import COLUMNS, PROFILE
from tearoff.pages.directory_visit import Visit

DONE = {"saved", "password_changed"}


def show(visit: Visit) -> Answer:
    """GET of `.../me`."""
    if visit.shown.member is None:
        return _to_the_log_in(visit)
    done = visit.request.query.get("done", "")
    return visit.answer(visit.shown.me_page(done=done if done in DONE else ""))


def save(visit: Visit) -> Answer:
    """POST of `.../me`: the profile as typed. Only fields that were sent are touched."""
    member = visit.shown.member
    if member is None:
        return _to_the_log_in(visit)
    sent = [field for field in PROFILE if field.name in visit.request.form]
    filled = forms.fill(sent, [], visit.request.form, {})
    born = filled.values.get("birthday", "")
    if born and "birthday" not in filled.errors and not date(1900, 1, 1) <= date.fromisoformat(born) <= visit.at.date():
        filled.errors["birthday"] = visit.shown.words.say("error_birthday")
    if filled.errors:
        return visit.answer(visit.shown.me_page(filled=filled), 422)
    changes: dict[str, str | date | None] = {COLUMNS[name]: value for name, value in filled.values.items()}
    if "birth_date" in changes:
        changes["birth_date"] = date.fromisoformat(born) if born else None
    members.change_profile(member, changes, at=visit.at, actor=f"reg_{member.pk}")
    return redirect(f"{visit.path}/me?done=saved")


def change_password(visit: Visit) -> Answer:
    """POST of `.../me/password`: only for who knows the old one. Every other log-in of the member ends."""
    member = visit.shown.member
    if member is None:
        return _to_the_log_in(visit)
    errors, status = _password_errors(visit, member)
    if errors:
        return visit.answer(visit.shown.me_page(password_errors=errors), status)
    key = entering.change_password(member, visit.request.form["new_password"], at=visit.at)
    if key is None:
        errors = {"old_password": visit.shown.words.say("wrong_password")}
        return visit.answer(visit.shown.me_page(password_errors=errors), 403)
    return visit.logged_in(key, f"{visit.path}/me?done=password_changed")


def _password_errors(visit: Visit, member: Member) -> tuple[dict[str, str], int]:
    """What is wrong, by field ("" for the form as a whole), and the status that goes with it."""
    words, typed = visit.shown.words, visit.request.form
    problem = directory_entering.password_problem(typed.get("new_password", ""), words)
    if problem:
        return {"new_password": problem}, 422
    old = typed.get("old_password", "")[: directory_entering.LONGEST + 1]
    refusal = entering.confirm(member, old, visit.request.place, at=visit.at)
    if refusal is Refusal.PAUSED:
        return {"": words.say("tries_wait", count=guessing.minutes_left(visit.at))}, 429
    return ({"old_password": words.say("wrong_password")}, 403) if refusal else ({}, 200)


def ask_to_delete(visit: Visit) -> Answer:
    """GET of `.../me/delete`: what goes, and what stays."""
    return visit.answer(visit.shown.delete_page()) if visit.shown.member else _to_the_log_in(visit)


def delete(visit: Visit) -> Answer:
    """POST of the same: the person goes, the counts stay (lesson 53)."""
    member = visit.shown.member
    if member is None:
        return _to_the_log_in(visit)
    members.erase(member, at=visit.at, actor=f"reg_{member.pk}")
    return visit.logged_out(f"{visit.path}/login?done=deleted")


def _to_the_log_in(visit: Visit) -> Answer:
    return redirect(f"{visit.path}/login", 302 if visit.request.method in ("GET", "HEAD") else 303)
