"""The consumer's claim: a button, or a form whose fields and consents are checked before anything is written."""

from datetime import datetime
from typing import Any

from tearoff.campaigns import forms
from tearoff.coupons import addresses, claiming, persons
from tearoff.coupons.outcomes import Refusal
from tearoff.kit.lane import Answer, Request, redirect
from tearoff.pages import reading, rendering, showing
from tearoff.pages.presenting import Offering, consents_of, forms_of
from tearoff.pages.reading import CampaignRow, Seen
from tearoff.pages.refusing import refused
from tearoff.pages.states import NEUTRAL


def claim(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """POST of `/p/<code>/<session>`. A second press finds the coupon claimed, which is what it wanted."""
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL:
        return rendering.not_available()
    campaign, session = seen
    if not campaign.has_claim_step:
        return redirect(addresses.session_path(coupon, code))
    filled = _filled(request, seen)
    if filled.errors and not seen.is_ticket:
        return _asked_again(seen, filled, at)
    outcome = claiming.claim(
        account=campaign.account,
        code=session.code,
        at=at,
        actor="holder",
        entrance="holder",
        claim_type="form" if campaign.claim_method == "form" else "button",
        details={} if seen.is_ticket else _details(request, campaign, filled, at),
    )
    if outcome.ok or outcome.refusal is Refusal.ALREADY_CLAIMED:
        return redirect(addresses.session_path(coupon, code))
    assert outcome.refusal is not None
    return refused(seen, outcome.refusal, at)


def _asked_again(seen: Seen, filled: forms.Filled, at: datetime) -> Answer:
    """What is wrong with the fields; but a state that lets nobody claim is told first (product.md section 5)."""
    if seen.refusal:
        return showing.as_it_is(seen, at, status=409)
    shown = Offering.of(seen, at)
    return rendering.answer(shown.offer_page(filled=filled), shown.words, 422)


def _filled(request: Request, seen: Seen) -> forms.Filled:
    """What was typed, checked. Only a consent whose text is still the one that was read counts as given."""
    boxes = consents_of(seen.campaign)
    outdated = {box.name for box in boxes if request.form.get(f"{box.name}_version") != box.version}
    typed = {name: value for name, value in request.form.items() if name not in outdated}
    return forms.fill(forms_of(seen.campaign), boxes, typed, Offering.of(seen, seen.session.created_at).customer)


def _details(request: Request, campaign: CampaignRow, filled: forms.Filled, at: datetime) -> dict[str, Any]:
    """What the claim brings along, under the names of the contract (coupons.md 9.2)."""
    kinds = {item.name: item.kind for item in forms_of(campaign)}
    customer = {
        name: ("1" if value else "0") if kinds[name] == "checkbox" else value for name, value in filled.values.items()
    }
    boxes = consents_of(campaign)
    agreed = {box.name for box in filled.agreed}
    customer |= {box.name: "1" if box.name in agreed else "0" for box in boxes if box.name == "optin"}
    details: dict[str, Any] = {"customer": customer}
    if "email" in customer:
        details["email_key"] = persons.email_key(customer["email"])
    if "phone" in customer:
        details["phone_key"] = persons.phone_key(customer["phone"], campaign.country)
    if boxes:
        details["consents"] = [_evidence(request, box, at) for box in filled.agreed]
    return details


def _evidence(request: Request, box: forms.Consent, at: datetime) -> dict[str, str]:
    """What was agreed to, when, and from where (product.md 4.4)."""
    return {
        "name": box.name,
        "text": box.text,
        "link": box.link,
        "version": box.version,
        "at": at.isoformat(),
        "address": request.place,
    }
