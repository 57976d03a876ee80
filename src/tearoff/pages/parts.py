"""Parts of pages that more than one kind of page shows: pictures, places, codes, wallets, the time left in digits."""

from datetime import datetime
from functools import lru_cache

from django.core.files.storage import default_storage

from tearoff.kit import bars, qr
from tearoff.kit.texts import Catalogue
from tearoff.pages.reading import PlaceRow
from tearoff.pages.shown import OwnCode, Place, Wallet
from tearoff.wallet import connecting
from tearoff.wallet.models import Maker

OUR_COLOUR = "#2f49c9"


def media_url(name: str) -> str:
    """Where a stored picture is; "" for none."""
    return str(default_storage.url(name)) if name else ""


def tongue(language: str, words: Catalogue) -> str:
    """The language of what a merchant wrote, "" where the page around it speaks the same one."""
    return "" if language.lower().partition("-")[0] == words.language else language


def place(row: PlaceRow) -> Place:
    town = " ".join(part for part in (row.zip, row.city) if part)
    where = ", ".join(part for part in (row.address, town) if part)
    return Place(name=row.name, detail=": ".join(part for part in (where, row.opening_text) if part))


@lru_cache(maxsize=2048)
def code_drawn(address: str) -> qr.Drawing:
    """To choose among the eight masks is most of what a ticket costs, and a phone asks for its ticket more than once."""
    return qr.drawn(address)


def wallet_shown(account: int, path: str, at: datetime) -> Wallet | None:
    """None where the account makes no passes. `path` is the address of the coupon or card that is saved."""
    offered = connecting.offered(account, at)
    if not offered:
        return None
    return Wallet(
        apple_url=f"{path}/pass" if Maker.APPLE in offered else "",
        google_url=f"{path}/save" if Maker.GOOGLE in offered else "",
    )


def own_code(code: str, shape: str) -> OwnCode | None:
    if not code:
        return None
    if shape == "qr":
        return OwnCode(text=code, drawing=qr.drawn(code))
    drawing = bars.drawn(code, shape) if shape in bars.SHAPES else None
    return OwnCode(text=code, drawing=drawing, wide=drawing is not None)


def digits(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
