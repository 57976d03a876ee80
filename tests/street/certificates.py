"""Certificates for tests: an authority, and what it signs. Keys are small, made once for a run."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return pem_of(self.key)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """The key of that name: the same one for the whole run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def authority(name: str) -> Signed:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return _signed(subject, key(name), None, is_authority=True)


@cache
def pass_certificate(pass_type: str, team: str, by: str = "WWDR", days: int = 300) -> Signed:
    """As Apple signs them: the pass type is the subject's user id, the team its unit."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.USER_ID, pass_type),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Pass Type ID: {pass_type}"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, team),
        ]
    )
    return _signed(subject, key(pass_type), authority(by), days=days)


@cache
def server_certificate(by: str = "Street CA") -> Signed:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api.push.street")])
    return _signed(subject, key("server"), authority(by), address="127.0.0.1")


def _signed(
    subject: x509.Name,
    own: rsa.RSAPrivateKey,
    by: Signed | None,
    *,
    is_authority: bool = False,
    address: str = "",
    days: int = 300,
) -> Signed:
    now = datetime.now(UTC)
    issuer, signer = (by.certificate.subject, by.key) if by else (subject, own)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 400 * DAY)
        .not_valid_after(now + days * DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if is_authority:
        usage = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = builder.add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
    if address:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    return Signed(builder.sign(signer, hashes.SHA256()), own)
