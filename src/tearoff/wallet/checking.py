"""What an issuer's settings must hold, and a plain sentence for each thing that they do not.

Apple: developer.apple.com/documentation/walletpasses (a pass type identifier, and a certificate for it from the developer
account, signed by Apple's WWDR authority). Google: developers.google.com/wallet (an issuer, and a service account that may
write for it).
"""

import re
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from tearoff.kit import outbound
from tearoff.wallet.models import Maker

NEEDED: dict[str, dict[str, str]] = {
    Maker.APPLE: {
        "pass_type_id": "the pass type identifier (pass.com.example.coupon)",
        "team_id": "the team identifier of the developer account",
        "certificate": "the pass certificate, as PEM",
        "private_key": "the private key of the certificate, as PEM without a password",
        "wwdr": "Apple's intermediate certificate (WWDR), as PEM",
    },
    Maker.GOOGLE: {
        "issuer_id": "the issuer id of the Google Pay and Wallet console",
        "service_account": "the e-mail address of the service account",
        "private_key": "the private key of the service account, as PEM",
    },
}

BASES = {Maker.APPLE: ("api_base",), Maker.GOOGLE: ("api_base", "token_base")}
"""Other servers than the makers' own, for tests."""


def needs(maker: str) -> str:
    return f"Not connected. It needs {', '.join(NEEDED[maker].values())}."


def problems(maker: str, settings: dict[str, Any], at: datetime) -> list[str]:
    """A sentence for each thing that is missing or wrong; none: passes can be made."""
    if maker not in NEEDED:
        return [f"There is no wallet {maker}."]
    found = [f"{name} is missing: {what}." for name, what in NEEDED[maker].items() if not settings.get(name)]
    found += [f"{name} must be a text." for name, value in settings.items() if not isinstance(value, str)]
    unknown = sorted(set(settings) - set(NEEDED[maker]) - set(BASES[Maker(maker)]))
    found += [f"There is no setting {name}." for name in unknown]
    for name in BASES[Maker(maker)]:
        if name in settings and not outbound.is_address(str(settings[name])):
            found.append(f"{name} is no address.")
    if found:
        return found
    return _apple(settings, at) if maker == Maker.APPLE else _google(settings)


def good_until(maker: str, settings: dict[str, Any]) -> datetime | None:
    if maker != Maker.APPLE:
        return None
    return min(
        certificate(settings["certificate"]).not_valid_after_utc, certificate(settings["wwdr"]).not_valid_after_utc
    )


def certificate(pem: str) -> x509.Certificate:
    """Raises ValueError for what is none."""
    return x509.load_pem_x509_certificate(pem.encode())


def private_key(pem: str) -> RSAPrivateKey:
    """Raises ValueError for what is no RSA key without a password."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as problem:
        raise ValueError(str(problem)) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("No RSA key")
    return key


def _apple(settings: dict[str, Any], at: datetime) -> list[str]:
    found: list[str] = []
    ours, wwdr = _read(settings, "certificate", found), _read(settings, "wwdr", found)
    key = _key(settings, found)
    if not re.fullmatch(r"pass(\.[A-Za-z0-9-]+)+", settings["pass_type_id"]):
        found.append("pass_type_id must look like pass.com.example.coupon.")
    if not re.fullmatch(r"[A-Z0-9]{10}", settings["team_id"]):
        found.append("team_id is ten capital letters and digits.")
    if ours is None or wwdr is None or key is None or found:
        return found
    if _public(key.public_key()) != _public(ours.public_key()):
        found.append("private_key does not belong to the certificate.")
    if settings["pass_type_id"] not in _names(ours, NameOID.USER_ID):
        found.append(f"The certificate is not for {settings['pass_type_id']}.")
    if settings["team_id"] not in _names(ours, NameOID.ORGANIZATIONAL_UNIT_NAME):
        found.append(f"The certificate is not of the team {settings['team_id']}.")
    try:
        ours.verify_directly_issued_by(wwdr)
    except (ValueError, TypeError, InvalidSignature):
        found.append("wwdr is not the authority that signed the certificate: take the WWDR certificate it names.")
    for name, one in (("certificate", ours), ("wwdr", wwdr)):
        if one.not_valid_after_utc <= at:
            found.append(f"{name} ran out on {one.not_valid_after_utc:%Y-%m-%d}: renew it.")
        elif one.not_valid_before_utc > at:
            found.append(f"{name} is valid only from {one.not_valid_before_utc:%Y-%m-%d} on.")
    return found


def _google(settings: dict[str, Any]) -> list[str]:
    found: list[str] = []
    _key(settings, found)
    if not re.fullmatch(r"[0-9]{5,25}", settings["issuer_id"]):
        found.append("issuer_id is a number.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", settings["service_account"]):
        found.append("service_account is an e-mail address.")
    return found


def _read(settings: dict[str, Any], name: str, found: list[str]) -> x509.Certificate | None:
    try:
        return certificate(settings[name])
    except ValueError:
        found.append(f"{name} is no certificate in PEM form (-----BEGIN CERTIFICATE-----).")
        return None


def _key(settings: dict[str, Any], found: list[str]) -> RSAPrivateKey | None:
    try:
        return private_key(settings["private_key"])
    except ValueError:
        found.append("private_key is no RSA key in PEM form without a password (-----BEGIN PRIVATE KEY-----).")
        return None


def _names(one: x509.Certificate, kind: x509.ObjectIdentifier) -> list[str]:
    return [str(name.value) for name in one.subject.get_attributes_for_oid(kind)]


def _public(key: Any) -> bytes:
    written: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return written
