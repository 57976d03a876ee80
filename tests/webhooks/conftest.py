"""Every test here drives the worker."""

import pytest


@pytest.fixture(autouse=True)
def quiet_street(quiet_webhooks: None) -> None:
    pass
