"""Read before Django is set up when this folder is named on the command line, hence the imports inside."""

from collections.abc import Iterator

import pytest

from tests.webhooks.receiver import Receiver, open_receiver


@pytest.fixture(autouse=True)
def quiet_street() -> None:
    from tests.street.messaging import quiet

    quiet()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as receiver:
        yield receiver
