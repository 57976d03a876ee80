"""The pages of loyalty cards: `/l/<card>` to join, `/l/<card>/<key>` the holder's own (contract/loyalty.md).

A GET writes nothing, whoever asks: joining, choosing and collecting are presses of a person (lesson 23).
"""

import re
import secrets
from datetime import datetime
from typing import Any

import msgspec

from tearoff.campaigns import forms
from tearoff.kit.lane import Answer, Request, redirect
from tearoff.kit.public import is_https
from tearoff.loyalty import addresses, cards, joining, rewarding
from tearoff.loyalty.outcomes import Refusal
from tearoff.pages import keeping, loyalty_reading, notifying, rendering
from tearoff.pages.loyalty_presenting import Shown
from tearoff.pages.loyalty_reading import CardRow, Held
from tearoff.pages.visitors import Visitor, visitor

_ADDRESS = re.compile(
    r"/l/(?P<card>[A-Za-z0-9]{4,12})(?:/(?P<key>[A-Za-z0-9]{21})(?P<part>/live|/collect|/push|/pass|/save|/choose/(?P<reward>[0-9]{1,18}))?)?/?"
)
_FORM_KEY = re.compile(r"[A-Za-z0-9_\-]{8,64}")
COOKIE = "card"
COOKIE_DAYS = 400

COLUMNS = {"firstname": "first_name", "lastname": "last_name"} | {
    name: name for name in ("email", "phone", "gender", "birthday", "address", "zip", "city")
}
"""Fields of a form and the members of a holder they fill."""


def answered(request: Request, method: str, at: datetime) -> Answer:
    """Find the view and let it answer."""
    address = _ADDRESS.fullmatch(request.path)
    if address is None:
        return rendering.not_available()
    part = (address["part"] or "").split("/")[1] if address["part"] else ""
    allowed = {
        "": ("GET", "POST"),
        "live": ("GET",),
        "collect": ("POST",),
        "push": ("POST",),
        "pass": ("GET",),
        "save": ("POST",),
        "choose": ("GET", "POST"),
    }[part]
    if address["key"] and not part:
        allowed = ("GET",)
    if method not in allowed:
        answer = rendering.nowhere(405)
        answer.headers.append(("Allow", ", ".join([*allowed, "HEAD"] if "GET" in allowed else allowed)))
        return answer
    if method == "POST" and request.is_foreign:
        return rendering.trouble(403, "foreign")
    if not address["key"]:
        return (arrive if method == "GET" else join)(request, address["card"], at)
    held = loyalty_reading.held(address["card"], address["key"], at)
    if held is None:
        return rendering.not_available()
    if held.holder.voided_at is not None:
        shown = Shown.of(held, at)
        return rendering.answer(shown.voided_page(), shown.words, 200 if method == "GET" else 409)
    if part == "choose":
        return (ask if method == "GET" else choose)(request, held, int(address["reward"]), at)
    return VIEWS[part](request, held, at)


# Joining


def arrive(request: Request, code: str, at: datetime) -> Answer:
    """GET of `/l/<card>`: back to one's own card, or the form to get one."""
    card = loyalty_reading.card(code, at)
    if card is None:
        return rendering.not_available()
    shown = Shown(card, at)
    if visitor(request) is Visitor.MACHINE:
        return rendering.answer(shown.join_page(), shown.words)
    known = request.cookies.get(COOKIE, "")
    if re.fullmatch(r"[A-Za-z0-9]{21}", known) and loyalty_reading.held(code, known, at):
        return redirect(addresses.holder_path(code, known), 302)
    return rendering.answer(shown.join_page(key=secrets.token_urlsafe(16)), shown.words)


def join(request: Request, code: str, at: datetime) -> Answer:
    """POST of `/l/<card>`: a new holder; a second press of the same form finds the first one's."""
    card = loyalty_reading.card(code, at)
    if card is None:
        return rendering.not_available()
    given = request.form.get("key", "")
    key = given if _FORM_KEY.fullmatch(given) else secrets.token_urlsafe(16)
    boxes = forms.consents_of(msgspec.json.decode(card.consents))
    outdated = {box.name for box in boxes if request.form.get(f"{box.name}_version") != box.version}
    typed = {name: value for name, value in request.form.items() if name not in outdated}
    filled = forms.fill(forms.fields_of(msgspec.json.decode(card.form)), boxes, typed, {})
    if filled.errors:
        shown = Shown(card, at)
        return rendering.answer(shown.join_page(key=key, filled=filled), shown.words, 422)
    profile = _profile(request, card, filled, bool(boxes), at)
    try:
        made = joining.join_by_form(card=card.id, profile=profile, request_key=key, at=at, actor="holder")
    except cards.CardGone:
        return rendering.not_available()
    holder_key = joining.key_of(made)
    answer = redirect(addresses.holder_path(code, holder_key))
    answer.headers.append(_cookie(code, holder_key))
    return answer


def _profile(request: Request, card: CardRow, filled: forms.Filled, has_boxes: bool, at: datetime) -> dict[str, Any]:
    """What was typed, as a holder's row has it."""
    values = {name: value for name, value in filled.values.items() if value}
    profile: dict[str, Any] = {COLUMNS[name]: value for name, value in values.items() if name in COLUMNS}
    custom = {f"custom_{name[11:]}": value for name, value in values.items() if name.startswith("customfield")}
    extra = {
        name: value for name, value in values.items() if name not in COLUMNS and not name.startswith("customfield")
    }
    profile |= {"custom": custom, "extra": extra}
    profile |= joining.reachable(profile.get("email"), profile.get("phone"), card.country)
    if has_boxes:
        profile["consents"] = [
            {"name": box.name, "text": box.text, "link": box.link, "version": box.version, "at": at.isoformat(),
             "address": request.place}
            for box in filled.agreed
        ]  # fmt: skip
    return profile


def _cookie(code: str, key: str) -> tuple[str, str]:
    """It only finds the way back, and is set only for who joined here: staff who scan a card keep none of it."""
    parts = [
        f"{COOKIE}={key}",
        f"Path={addresses.card_path(code)}",
        f"Max-Age={COOKIE_DAYS * 86_400}",
        "HttpOnly",
        "SameSite=Lax",
    ]
    return "Set-Cookie", "; ".join([*parts, "Secure"] if is_https() else parts)


# The holder's own page


def show(request: Request, held: Held, at: datetime) -> Answer:
    """GET of `/l/<card>/<key>`. Machines learn what the card is and nothing of who holds it."""
    shown = Shown.of(held, at)
    if visitor(request) is Visitor.MACHINE:
        shown = Shown(held.card, at)
        return rendering.answer(shown.join_page(), shown.words)
    return rendering.answer(shown.card_page(), shown.words)


def live(request: Request, held: Held, at: datetime) -> Answer:
    """Asked by an open page every few seconds: 204, or the page as it is now."""
    shown = Shown.of(held, at)
    if shown.tag == request.query.get("seen"):
        return Answer(204)
    return rendering.answer(shown.card_page(), shown.words)


def collect(request: Request, held: Held, at: datetime) -> Answer:
    """POST: try again to get the coupons of rewards that had to wait."""
    outcome = rewarding.collect(account=held.card.account, holder=held.holder.id, at=at, actor="holder")
    return _back(held) if outcome.ok else _refused(held, outcome.refusal, at)


def ask(request: Request, held: Held, reward_id: int, at: datetime) -> Answer:
    """GET of `.../choose/<reward>`: the question before points are spent."""
    shown = Shown.of(held, at)
    reward = next((one for one in shown.rewards if one.id == reward_id), None)
    if held.card.kind != "reward" or reward is None:
        return rendering.not_available()
    if reward.points > held.holder.balance:
        return redirect(shown.path, 302)
    return rendering.answer(shown.choose_page(reward, secrets.token_urlsafe(16)), shown.words)


def choose(request: Request, held: Held, reward_id: int, at: datetime) -> Answer:
    """POST of `.../choose/<reward>`: take it for its price, once per form."""
    price, key = request.form.get("price", ""), request.form.get("key", "")
    if not re.fullmatch(r"[0-9]{1,9}", price) or not _FORM_KEY.fullmatch(key):
        return redirect(f"{addresses.holder_path(held.card.code, held.holder.key)}/choose/{reward_id}")
    outcome = rewarding.choose(
        account=held.card.account,
        holder=held.holder.id,
        reward=reward_id,
        at=at,
        actor="holder",
        nonce=key,
        price=int(price),
    )
    return _back(held) if outcome.ok else _refused(held, outcome.refusal, at)


def _back(held: Held) -> Answer:
    return redirect(addresses.holder_path(held.card.code, held.holder.key))


NEUTRAL = {Refusal.UNKNOWN, Refusal.INACTIVE, Refusal.ACCOUNT_BLOCKED, Refusal.ACCOUNT_EXPIRED}


def _refused(held: Held, refusal: Refusal | None, at: datetime) -> Answer:
    """409 with the card as it is now and why nothing was done."""
    now = loyalty_reading.held(held.card.code, held.holder.key, at)
    if now is None or refusal in NEUTRAL:
        return rendering.not_available()
    shown = Shown.of(now, at)
    if refusal is Refusal.VOIDED:
        return rendering.answer(shown.voided_page(), shown.words, 409)
    return rendering.answer(shown.card_page(shown.words.say(f"refused_{refusal}")), shown.words, 409)


VIEWS = {
    "": show,
    "live": live,
    "collect": collect,
    "push": notifying.subscribe_holder,
    "pass": keeping.download_card,
    "save": keeping.save_card,
}
