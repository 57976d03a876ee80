"""Olga looks after the server. (Models are imported late: pytest reads this file before Django stands.)"""

import secrets
from typing import Any

import pytest


@pytest.fixture
def olga() -> Any:
    """An operator who has logged in: `tests.dashboard.browsing.Operator`."""
    from tearoff.accounts.models import User
    from tests.dashboard.browsing import enter

    email, password = f"olga-{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(12)
    User.objects.create_superuser(email, password)
    return enter(email, password)
