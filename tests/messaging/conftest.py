"""Read before Django is set up when this folder is named on the command line, hence the import inside."""

import pytest


@pytest.fixture(autouse=True)
def quiet_street() -> None:
    from tests.street.messaging import quiet

    quiet()
