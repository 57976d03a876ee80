"""E-mail through the account's own SMTP server, by Django's backend. Its socket is opened by `kit.outbound`."""

import smtplib
import socket
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from tearoff.kit import outbound
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
    """Plain text with the link, and the same as HTML with a button."""
    message = job.message
    host = job.sender.rpartition("@")[2].strip(" <>") or "localhost"
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=job.sender,
        to=[message.recipient],
        headers={"Message-ID": f"<msg-{message.pk}@{host}>"},
    )
    mail.attach_alternative(_html(message.text, message.link), "text/html")
    return mail


def _html(text: str, link: str) -> str:
    words = mark_safe(escape(text.replace(link, "").strip()).replace("\n", "<br>"))
    button = format_html('<p><a href="{0}">{0}</a></p>', link) if link else ""
    return format_html("<!doctype html><html><body><p>{}</p>{}</body></html>", words, button)
