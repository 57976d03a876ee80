"""How each end is told: the words and the proof for every kind of end page, one function per kind.

Whoever refuses an act knows the fact; these functions say it. All take `words` (a catalogue of pages.words) and the
members every page has (`shop`, `offer`, `public_url`, ...) as they are; see `shown.End`.
"""

from collections.abc import Iterable
from typing import Any

from tearoff.kit.texts import Catalogue
from tearoff.pages.shown import End, Moment, Proof, Shop, UnsubscribePage, Uses


def used(words: Catalogue, *, when: Moment, place: str = "", **page: Any) -> End:
    """The last use was taken; the holder sees this again whenever they come back."""
    return End(
        kind="used",
        headline=words.say("used"),
        said=_checked(words, "used_said", when, place),
        proof=_proof(words, when, place),
        **page,
    )


def used_partly(words: Catalogue, *, when: Moment, uses: Uses, place: str = "", **page: Any) -> End:
    """A use was taken just now and more are left."""
    said = words.say("used_partly_said", left=uses.left)
    return End(
        kind="used_partly", headline=words.say("used"), said=said, uses=uses, proof=_proof(words, when, place), **page
    )


def already_used(words: Catalogue, *, when: Moment, place: str = "", **page: Any) -> End:
    """Somebody else, or another entrance, was first."""
    said = _checked(words, "already_used_said", when, place)
    return End(
        kind="already_used", headline=words.say("already_used"), said=said, proof=_proof(words, when, place), **page
    )


def _checked(words: Catalogue, name: str, when: Moment, place: str) -> str:
    return words.say(name, place=place, when=when.text) if place else words.say(f"{name}_no_place", when=when.text)


def _proof(words: Catalogue, when: Moment, place: str) -> Proof:
    text = words.say("when_where", when=when.text, place=place) if place else when.text
    return Proof(title=words.say("checked" if place else "used_proof"), text=text, moment=when)


def expired(words: Catalogue, *, until: Moment, since: Moment, is_claimed: bool, **page: Any) -> End:
    """`until` is the last good moment, `since` the first bad one; the words differ for an offer nobody took."""
    said = words.say("expired_said" if is_claimed else "expired_offer_said", until=until.text)
    proof = Proof(title=words.say("expired_proof"), text=words.say("expired_since", when=since.text), moment=since)
    return End(kind="expired", headline=words.say("expired"), said=said, proof=proof, **page)


def not_started(words: Catalogue, *, starts: Moment, **page: Any) -> End:
    proof = Proof(title=words.say("not_started_proof", when=starts.text), text=words.say("not_started_hint"))
    return End(
        kind="not_started",
        headline=words.say("not_started"),
        said=words.say("not_started_said", when=starts.text),
        proof=proof,
        **page,
    )


def sold_out(words: Catalogue, *, of: int | None = None, last: Moment | None = None, **page: Any) -> End:
    """Every claim is taken: `of` how many there were, `last` when the last went, if known. Claimed ones stay good."""
    headline = words.say("sold_out", of=of) if of else words.say("sold_out_plain")
    said = words.say("sold_out_said", when=last.text) if last else words.say("sold_out_said_plain")
    return End(kind="sold_out", headline=headline, said=said, **page)


def all_uses_taken(words: Catalogue, **page: Any) -> End:
    """A claimed coupon, but the offer's limit of uses has been reached."""
    return End(kind="sold_out", headline=words.say("sold_out_claimed"), said=words.say("sold_out_claimed_said"), **page)


def day_is_full(words: Catalogue, *, next: Moment | None = None, **page: Any) -> End:
    said = words.say("day_is_full_said", next=next.text) if next else words.say("day_is_full_said_plain")
    return End(kind="day_is_full", headline=words.say("day_is_full"), said=said, **page)


def voided(words: Catalogue, **page: Any) -> End:
    return End(
        kind="voided",
        headline=words.say("voided"),
        said=words.say("voided_said"),
        proof=Proof(title=words.say("voided_proof")),
        **page,
    )


def locked(words: Catalogue, **page: Any) -> End:
    return End(
        kind="locked",
        headline=words.say("locked_end"),
        said=words.say("locked_said"),
        proof=Proof(title=words.say("locked_proof")),
        **page,
    )


def personal_link(words: Catalogue, **page: Any) -> End:
    return End(kind="personal_link", headline=words.say("personal_link"), said=words.say("personal_link_said"), **page)


def not_available(words: Catalogue) -> End:
    """One page for all that consumers must not tell apart: draft, switched off, removed, unknown. Names no shop."""
    return End(kind="not_available", headline=words.say("not_available"), said=words.say("not_available_said"))


def outside_hours(
    words: Catalogue, *, hours: str, next: Moment | None = None, is_claimed: bool = True, **page: Any
) -> End:
    """`hours` as the offer says them; `next` the next moment that works, None when there is none any more."""
    name = "outside_hours_said" if is_claimed else "outside_hours_claim_said"
    if next is None:
        said, proof = (
            words.say(f"{name}_plain", hours=hours),
            Proof(title=words.say("outside_hours_proof_plain", hours=hours)),
        )
    else:
        said = words.say(name, hours=hours, next=next.text)
        proof = Proof(title=words.say("outside_hours_proof", next=next.text), text=hours)
    return End(kind="outside_hours", headline=words.say("outside_hours"), said=said, proof=proof, **page)


def wrong_place(words: Catalogue, *, places: Iterable[str] = (), **page: Any) -> End:
    names = ", ".join(places)
    said = words.say("wrong_place_said", places=names) if names else words.say("wrong_place_said_plain")
    return End(
        kind="wrong_place",
        headline=words.say("wrong_place"),
        said=said,
        proof=Proof(title=words.say("wrong_place_proof"), text=names),
        **page,
    )


def wait_between(words: Catalogue, *, last: Moment, next: Moment, **page: Any) -> End:
    proof = Proof(title=words.say("wait_between_proof", next=next.text))
    said = words.say("wait_between_said", last=last.text, next=next.text)
    return End(kind="wait_between", headline=words.say("wait_between"), said=said, proof=proof, **page)


def person_has_one(words: Catalogue, **page: Any) -> End:
    proof = Proof(title=words.say("person_has_one_proof"))
    return End(
        kind="person_has_one",
        headline=words.say("person_has_one"),
        said=words.say("person_has_one_said"),
        proof=proof,
        **page,
    )


def throttled(words: Catalogue, *, seconds: int, **page: Any) -> End:
    return End(
        kind="throttled",
        headline=words.say("throttled"),
        said=words.say("throttled_said", wait=waiting(words, seconds)),
        **page,
    )


def waiting(words: Catalogue, seconds: int) -> str:
    """A waiting time in words, rounded up to what one would say."""
    if seconds <= 90:
        return words.say("wait_seconds", count=max(1, seconds))
    if seconds <= 90 * 60:
        return words.say("wait_minutes", count=-(-seconds // 60))
    return words.say("wait_hours", count=-(-seconds // 3600))


def quota(words: Catalogue, **page: Any) -> End:
    return End(kind="quota", headline=words.say("quota"), said=words.say("quota_said"), **page)


def error(words: Catalogue, *, reference: str = "", **page: Any) -> End:
    """Our fault. The reference is what the log line carries."""
    said = words.say("error_said")
    if reference:
        said = f"{said} {words.say('error_reference', reference=reference)}"
    return End(kind="error", headline=words.say("error"), said=said, **page)


def mail(words: Catalogue, shop: Shop, email: str, path: str, *, is_out: bool, is_new: bool = False) -> UnsubscribePage:
    """The end of e-mail to one address: asked, done, or (`is_new`) just taken back."""
    name = "unsubscribed" if is_out else "subscribed_again" if is_new else "unsubscribe"
    return UnsubscribePage(
        shop=shop,
        headline=words.say(name, shop=shop.name),
        said=words.say(f"{name}_said", email=email),
        is_out=is_out,
        action=path,
    )
