"""What keeps the core honest: one place writes usage, the installed functions are the files', the second wall stands."""

import re

import pytest
from django.db import IntegrityError, transaction

from tearoff.coupons.models import CouponSession, Validation
from tearoff.kit import sql
from tests.world import Shop


def test_only_redemption_writes_usage() -> None:
    """Lesson 2: no second path takes or gives back a use."""
    writes = re.compile(r"set\s+uses\s*=|insert into validation\b|validations\s*=\s*k\.validations", re.I)

    writers = {
        file.relative_to(sql.ROOT).as_posix()
        for pattern in ("*/*.sql", "**/*.py")
        for file in sql.ROOT.glob(pattern)
        if "bench" not in file.parts and writes.search(file.read_text())  # a benchmark fills tables of its own
    }

    assert writers == {"coupons/redemption.sql"}


def test_the_installed_functions_are_those_of_the_files() -> None:
    assert sql.differences() == []


def test_a_changed_function_is_noticed() -> None:
    class Undo(Exception): ...

    with pytest.raises(Undo), transaction.atomic():
        sql.run(
            "create or replace function account_refusal(p_account bigint, p_at timestamptz) returns text language sql as $$ select null $$"
        )
        assert any("account_refusal" in sentence for sentence in sql.differences())
        raise Undo


def test_the_database_itself_refuses_a_second_first_use(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.claimed()
    offer.use(code)
    first = Validation.objects.get(campaign=offer.campaign.pk)

    with pytest.raises(IntegrityError, match="a_use_is_taken_once"):
        Validation.objects.create(
            account=first.account,
            campaign=first.campaign,
            session=first.session,
            number=1,
            at=first.at,
            method="api",
            actor="x",
        )


def test_two_sessions_of_an_account_never_share_a_widget_code(mario: Shop) -> None:
    offer = mario.campaign()
    code = offer.opened()

    with pytest.raises(IntegrityError, match="a_widget_code_stands_once_per_account"):
        CouponSession.objects.create(
            account=mario.account,
            campaign=offer.campaign,
            code=code[:6] + "z" * 15,
            short=code[:6],
            created_at=offer.session(code).created_at,
        )
