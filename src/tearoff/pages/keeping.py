"""Saving one's coupon or card to the phone's wallet. Whoever has its address may, nobody else.

Apple's file is a download and writes nothing: the phone that keeps it tells us so itself (`hooks.wallet_lane`). Google's
button is a POST, after which the wallet's own page asks once more.
"""

from datetime import datetime

from tearoff.kit.lane import Answer, Request, redirect
from tearoff.pages import reading, rendering
from tearoff.pages.loyalty_reading import Held
from tearoff.pages.states import NEUTRAL
from tearoff.wallet import connecting, google, listing, passfile, saving, serials
from tearoff.wallet import reading as passes
from tearoff.wallet.connecting import Connected
from tearoff.wallet.models import Maker
from tearoff.wallet.serials import Subject


def download(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """GET of `/p/<code>/<session>/pass`: the pass file of a claimed coupon."""
    return _of_session(coupon, code, Maker.APPLE, at)


def save(request: Request, coupon: str, code: str, at: datetime) -> Answer:
    """POST of `/p/<code>/<session>/save`: on to Google with the pass."""
    return _of_session(coupon, code, Maker.GOOGLE, at)


def download_card(request: Request, held: Held, at: datetime) -> Answer:
    """GET of `/l/<card>/<key>/pass`."""
    return _answered(held.card.account, serials.holder(held.holder.id), Maker.APPLE, at)


def save_card(request: Request, held: Held, at: datetime) -> Answer:
    """POST of `/l/<card>/<key>/save`."""
    return _answered(held.card.account, serials.holder(held.holder.id), Maker.GOOGLE, at)


def _of_session(coupon: str, code: str, maker: str, at: datetime) -> Answer:
    seen = reading.session(coupon, code, at)
    if seen is None or seen.refusal in NEUTRAL or not seen.is_ticket:
        return rendering.not_available()
    return _answered(seen.campaign.account, serials.session(seen.session.id), maker, at)


def _answered(account: int, subject: Subject, maker: str, at: datetime) -> Answer:
    issuer = connecting.issuer_of(account, maker) if maker in connecting.offered(account, at) else None
    face = passes.face(account, subject, at) if issuer else None
    if issuer is None or face is None:
        return rendering.not_available()
    if maker == Maker.APPLE:
        return _file(face, issuer)
    saving.go_to_google(face, at=at)
    return redirect(google.save_link(face, issuer.settings, at))


def _file(face: passes.Face, issuer: Connected) -> Answer:
    kept = listing.kept(face.account, face.serial)
    built = passfile.built(face, issuer.settings, kept.message if kept else "")
    name = ("Content-Disposition", f'attachment; filename="{face.serial}.pkpass"')
    return Answer(body=built, headers=[name], content_type=passfile.CONTENT_TYPE)
