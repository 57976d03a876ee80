"""A client for programs that talk to a Tearoff server: every call of `/v3` and `/v4`, typed.

    from tearoff.client import Client

    with Client("https://coupons.example", client_id, client_secret) as client:
        link = client.links.create("cam_204417", firstname="Ann")
        client.sessions.update(couponsession=link.single_use_code, status="validated")

It imports nothing else of Tearoff, so a program needs no database, no Django and no settings.
"""

from tearoff.client.client import Client
from tearoff.client.errors import Busy, RateLimited, Refused, TearoffError, Unauthorized, Unavailable, Unreadable

__all__ = ["Busy", "Client", "RateLimited", "Refused", "TearoffError", "Unauthorized", "Unavailable", "Unreadable"]
