"""What a phone's owner does with a page, without a browser: find its form, fill it in, send it."""

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from unittest import mock

import httpx
import psycopg

from tearoff.activity.models import Event
from tearoff.coupons.models import CouponSession
from tests.world import Offer


class Form:
    """The page's (last) form with what its fields hold, as a browser would send them."""

    def __init__(self, answer: httpx.Response) -> None:
        self.action = ""
        self.fields: dict[str, str] = {}
        self.labels: list[str] = []
        _Reader(self).feed(answer.text)
        self.action = self.action or answer.url.path


class _Reader(HTMLParser):
    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form.action, self.form.fields = given.get("action", ""), {}
        is_unticked = given.get("type") == "checkbox" and "checked" not in given
        if tag == "input" and given.get("name") and not is_unticked:
            self.form.fields[given["name"]] = given.get("value", "")


def send(
    phone: httpx.Client, page: httpx.Response, /, headers: dict[str, str] | None = None, **typed: str
) -> httpx.Response:
    """Fill in the page's form and press its button; the answer before any redirect is followed."""
    form = Form(page)
    return phone.post(form.action, data=form.fields | typed, headers=headers, follow_redirects=False)


def path(offer: Offer, session: str, part: str = "") -> str:
    return f"/p/{offer.code}/{session}{part}"


def session_of(answer: httpx.Response) -> str:
    """The session's code in the address the phone ended at, or was sent to."""
    where = answer.headers.get("location") or answer.url.path
    return where.split("?")[0].split("/")[3]


def sessions(offer: Offer) -> int:
    return CouponSession.objects.filter(campaign=offer.campaign).count()


def events(offer: Offer, kind: str | None = None) -> int:
    found = Event.objects.filter(campaign=offer.campaign.pk)
    return (found.filter(kind=kind) if kind else found.filter(kind__startswith="coupon.")).count()


@contextmanager
def statements() -> Iterator[list[str]]:
    """All SQL that this process sends within the block, through Django's cursors and past them."""
    ran: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *rest: Any, **more: Any) -> Any:
        ran.append(str(query))
        return execute(cursor, query, *rest, **more)

    with mock.patch.object(psycopg.Cursor, "execute", noted):
        yield ran
