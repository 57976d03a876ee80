"""Providers: each turns a leased message into one conversation with somebody's server and tells how it went.

`send` needs no database, so any thread may run it.
"""

import logging

from tearoff.messaging.providers import console, gateway, mail, push, twilio, vonage
from tearoff.messaging.providers.jobs import Job, Result

__all__ = ["Job", "Result", "send"]

logger = logging.getLogger("tearoff.messaging")

SENDERS = {
    "console": console.send,
    "http": gateway.send,
    "twilio": twilio.send,
    "vonage": vonage.send,
    "smtp": mail.send,
}


def send(job: Job) -> Result:
    """One try. A bug of ours leaves open whether the message left."""
    try:
        if job.message.channel == "push":
            return push.send(job)
        if job.connection is None:
            return Result("failed", "not_connected")
        return SENDERS[job.connection.provider](job)
    except Exception:
        logger.exception("Message %s met a bug", job.message.pk)
        return Result("unknown", "own_fault")
