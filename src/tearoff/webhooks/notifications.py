"""What was sent, for receivers who ask whether a notification they got is genuine (webhooks.md 5)."""

from tearoff.webhooks.models import Notification


def find(account: int, code: str) -> Notification | None:
    """The notification of this code if it was sent to an endpoint of the account: it tells `code`, `kind`, `at`,
    `campaign_id` and `session_code`. Foreign, unknown and never sent ones look the same.

    One whose first request is still under way counts as sent, as its receiver may ask before it answers.
    """
    return Notification.objects.defer("body").filter(account=account, code=code, sent_at__isnull=False).first()
