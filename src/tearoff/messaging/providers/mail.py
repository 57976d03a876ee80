"""E-mail through the account's own SMTP server, by Django's backend. Its socket is opened by `kit.outbound`."""

import smtplib
import socket
from email.utils import parseaddr
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from tearoff.accounts.models import Account
from tearoff.kit import colours, outbound
from tearoff.kit.public import public_url
from tearoff.messaging import unsubscribing
from tearoff.messaging.providers.jobs import Job, Result

DEADLINE = 10.0
PORTS = {"": 25, "start": 587, "whole": 465}


class _Checked(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return outbound.connect(host, port, timeout)


class _CheckedWhole(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = outbound.connect(host, port, timeout)
        return self.context.wrap_socket(line, server_hostname=host)


class _Backend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _CheckedWhole if self.use_ssl else _Checked


def send(job: Job) -> Result:
    """Until the mail's text has been handed over nothing has left; afterwards silence leaves it open."""
    backend = _backend(job.settings)
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError:
        return Result("again", "log_in_refused")
    except outbound.Unreachable as problem:
        return Result("failed" if problem.word == "private_address" else "again", problem.word)
    except (OSError, smtplib.SMTPException):
        return Result("again", "no_greeting")
    mail = letter(job)
    try:
        backend.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as refused:
        return _refused(max(code for code, _ in refused.recipients.values()), "recipient_refused")
    except smtplib.SMTPResponseException as refused:
        return _refused(refused.smtp_code, f"smtp_{refused.smtp_code}")
    except (OSError, smtplib.SMTPException):
        return Result("unknown", "broken_off")
    finally:
        backend.close()
    return Result("sent", provider_id=str(mail.extra_headers["Message-ID"]))


def _refused(code: int, word: str) -> Result:
    """A 4yz reply asks to come again later, a 5yz one is final (RFC 5321, 4.2.1)."""
    return Result("again" if code < 500 else "failed", word)


def _backend(settings: dict[str, Any]) -> EmailBackend:
    tls = settings.get("tls", "")
    return _Backend(
        host=settings["host"],
        port=int(settings.get("port") or PORTS[tls]),
        username=settings.get("user", ""),
        password=settings.get("password", ""),
        use_tls=tls == "start",
        use_ssl=tls == "whole",
        timeout=DEADLINE,
        fail_silently=False,
    )


def letter(job: Job) -> EmailMultiAlternatives:
    """Plain text with the link, and the same as HTML with a button; each ends with who sends it and the way to end it.

    The two headers let a mail program offer that way by itself, in one click (RFC 2369, RFC 8058).
    """
    message, account = job.message, job.account
    assert account is not None
    host = job.sender.rpartition("@")[2].strip(" <>") or "localhost"
    way_out = unsubscribing.url(message.account_id, message.key)
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=_text(job, account, way_out),
        from_email=job.sender,
        to=[message.recipient],
        headers={
            "Message-ID": f"<msg-{message.pk}@{host}>",
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(_html(job, account, way_out), "text/html")
    return mail


FOOT = "You get this e-mail from {shop} ({sender})."
WAY_OUT = "Unsubscribe"
OPEN = "Open it"
BUTTON = (
    "display:inline-block;padding:12px 20px;border-radius:10px;background:{ground};color:{text};"
    "text-decoration:none;font-weight:bold"
)


def _address(job: Job) -> str:
    return parseaddr(job.sender)[1]


def _text(job: Job, account: Account, way_out: str) -> str:
    foot = FOOT.format(shop=account.company, sender=_address(job))
    return f"{job.message.text}\n\n{foot}\n{WAY_OUT}: {way_out}\n"


def _html(job: Job, account: Account, way_out: str) -> str:
    """One column that old mail programs can show: no stylesheet, no script, no picture but the logo."""
    message, colour = job.message, colours.normal(account.brand_colour) or "#2f49c9"
    words = mark_safe(escape(message.text.replace(message.link, "").strip()).replace("\n", "<br>"))
    button = BUTTON.format(ground=colour, text=colours.text_on(colour))
    link = format_html('<p><a href="{}" style="{}">{}</a></p>', message.link, button, OPEN) if message.link else ""
    name = account.company
    if account.logo:
        name = format_html('<img src="{}" alt="{}" height="40">', public_url(account.logo.url), name)
    foot = format_html(
        '<p style="font-size:13px;color:#5b6070">{}<br><a href="{}" style="color:#5b6070">{}</a></p>',
        FOOT.format(shop=account.company, sender=_address(job)),
        way_out,
        WAY_OUT,
    )
    return format_html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>{}</title></head>"
        '<body style="font-family:sans-serif;line-height:1.5;max-width:34em;margin:0 auto;padding:16px">'
        "<p><b>{}</b></p><p>{}</p>{}{}</body></html>",
        message.subject,
        name,
        words,
        link,
        foot,
    )
