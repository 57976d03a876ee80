"""All calls, by noun. Written by scripts/client.py from the table of calls."""

from tearoff.client.calls.account import AccountCalls
from tearoff.client.calls.categories import CategoriesCalls
from tearoff.client.calls.coupons import CouponsCalls
from tearoff.client.calls.directories import DirectoriesCalls
from tearoff.client.calls.emails import EmailsCalls
from tearoff.client.calls.links import LinksCalls
from tearoff.client.calls.loyalty import LoyaltyCalls
from tearoff.client.calls.push import PushCalls
from tearoff.client.calls.send import SendCalls
from tearoff.client.calls.sessions import SessionsCalls
from tearoff.client.calls.sms import SmsCalls
from tearoff.client.calls.subaccounts import SubaccountsCalls
from tearoff.client.calls.teammates import TeammatesCalls
from tearoff.client.calls.v4_directories import V4DirectoriesCalls
from tearoff.client.calls.v4_loyalty import V4LoyaltyCalls
from tearoff.client.calls.webhooks import WebhooksCalls
from tearoff.client.connection import Connection


class V4:
    """Calls of /v4 in REST style: numbers as ids, `None` for what is not there."""

    def __init__(self, connection: Connection) -> None:
        self.directories = V4DirectoriesCalls(connection)
        self.loyalty = V4LoyaltyCalls(connection)


class Calls:
    """Calls of /v3, and of /v4 where they have the same style."""

    def __init__(self, connection: Connection) -> None:
        self.categories = CategoriesCalls(connection)
        self.sms = SmsCalls(connection)
        self.emails = EmailsCalls(connection)
        self.coupons = CouponsCalls(connection)
        self.directories = DirectoriesCalls(connection)
        self.loyalty = LoyaltyCalls(connection)
        self.links = LinksCalls(connection)
        self.sessions = SessionsCalls(connection)
        self.send = SendCalls(connection)
        self.push = PushCalls(connection)
        self.subaccounts = SubaccountsCalls(connection)
        self.account = AccountCalls(connection)
        self.teammates = TeammatesCalls(connection)
        self.webhooks = WebhooksCalls(connection)
        self.v4 = V4(connection)
