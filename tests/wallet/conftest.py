"""Read before Django is set up when this folder is named on the command line, hence the imports inside."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.street.certificates import authority
from tests.webhooks.receiver import Receiver

if TYPE_CHECKING:
    from tests.street.apple import PushService
    from tests.street.google import GoogleWallet


@pytest.fixture(autouse=True)
def quiet_street() -> Iterator[None]:
    """Our own address is https, or Apple's phones would not speak to us."""
    from django.test import override_settings

    from tests.street.wallet import BASE, quiet

    quiet()
    with override_settings(TEAROFF_BASE_URL=BASE):
        yield


@pytest.fixture
def google(receiver: Receiver) -> "GoogleWallet":
    from tests.street.google import GoogleWallet

    return GoogleWallet(receiver)


@pytest.fixture
def apns(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator["PushService"]:
    """With the street's own authority in the place of the world's."""
    from tests.street.apple import push_service

    trusted = tmp_path / "street.pem"
    trusted.write_text(authority("Street CA").pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with push_service() as service:
        yield service
