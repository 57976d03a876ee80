"""What each provider's callback says, in one form; and whether it is the provider who says it."""

from dataclasses import dataclass

from tearoff.messaging.connecting import Connected
from tearoff.messaging.providers import gateway, twilio, vonage
from tearoff.messaging.reports import Inbound, Report


@dataclass(frozen=True, slots=True)
class Said:
    """One callback as it came. `address` is ours as the provider knows it, with its query string."""

    address: str
    body: bytes
    fields: dict[str, str]
    twilio_signature: str
    gateway_signature: str


GATEWAY_STATES = ("sent", "delivered", "failed")


def is_genuine(connection: Connected, said: Said) -> bool:
    """The console has no server that could call."""
    settings = connection.settings
    match connection.provider:
        case "twilio":
            form = said.fields if said.body else {}
            return twilio.is_genuine(said.address, form, said.twilio_signature, settings["auth_token"])
        case "vonage":
            method = settings.get("signature_method", "md5hash")
            return vonage.is_genuine(said.fields, settings["signature_secret"], method)
        case "http":
            return gateway.is_genuine(said.body, said.gateway_signature, settings["signing_secret"])
    return False


def report(connection: Connected, said: Said, message: int | None) -> Report | None:
    """None: it tells of no end that we know."""
    fields = said.fields
    match connection.provider:
        case "twilio":
            state = twilio.STATES.get(fields.get("MessageStatus", ""))
            code = fields.get("ErrorCode", "")
            return _report(
                message, fields.get("MessageSid", ""), state, f"twilio_{code}" if code else "",
                code == str(twilio.OPTED_OUT),
            )  # fmt: skip
        case "vonage":
            state = vonage.STATES.get(fields.get("status", ""))
            code = fields.get("err-code", "0")
            is_bad = state == "failed"
            return _report(
                message, fields.get("messageId", ""), state, f"vonage_{code}" if is_bad else "",
                is_bad and code in vonage.OPTED_OUT_ERRORS,
            )  # fmt: skip
    state = fields.get("status", "")
    if state not in GATEWAY_STATES:
        return None
    return Report(message, fields.get("id", ""), state, fields.get("reason", ""), fields.get("reason") == "opted_out")


def _report(message: int | None, provider_id: str, state: str | None, word: str, opt_out: bool) -> Report | None:
    return Report(message, provider_id, state, word, opt_out) if state else None


def inbound(connection: Connected, said: Said) -> Inbound | None:
    """None: nobody wrote, or nothing."""
    fields = said.fields
    match connection.provider:
        case "twilio":
            sender, text, confirmed = fields.get("From", ""), fields.get("Body", ""), bool(fields.get("OptOutType"))
        case "vonage":
            sender, text, confirmed = fields.get("msisdn", ""), fields.get("text", ""), False
        case _:
            sender, text, confirmed = fields.get("from", ""), fields.get("text", ""), False
    return Inbound(sender, text, confirmed) if sender and text else None
