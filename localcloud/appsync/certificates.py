"""What this machine shows over TLS: a certificate for localhost, and the local authority that signed it.

The authority is constrained to this machine's names: whoever trusts it trusts it with nothing else, even if
its key is stolen. Libraries that make authorities for tests write no name constraints, hence our own.
"""

import contextlib
import fcntl
import logging
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from localcloud.appsync.errors import DefinitionError

log = logging.getLogger(__name__)
HOST = "localhost"
ADDRESSES = ("127.0.0.1", "::1")
AUTHORITY_DAYS = 3650
LEAF_DAYS = 365  # Apple's systems refuse certificates that are good for more than 825
RENEWAL = timedelta(days=30)
BACKDATED = timedelta(days=1)  # clocks of containers and phones are not always right


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate and the key to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + self.public_pem()

    def public_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def lasts(self, now: datetime) -> bool:
        return self.certificate.not_valid_before_utc <= now < self.certificate.not_valid_after_utc - RENEWAL

    def is_from(self, authority: "Signed") -> bool:
        try:
            self.certificate.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Certificates:
    """The folder that keeps them; `authority` is the file for people and programs to trust."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def authority_key(self) -> Path:
        return self.folder / "ca-key.pem"

    @property
    def leaf(self) -> Path:
        return self.folder / "localhost.pem"

    def prepare(self, now: datetime) -> None:
        """Makes what is missing, damaged or about to expire. Raises DefinitionError."""
        try:
            with locked(self.folder):
                authority = self._authority(now)
                leaf = load(self.leaf)
                if leaf is None or not leaf.lasts(now) or not leaf.is_from(authority):
                    store(self.leaf, make_leaf(authority, now).pem())
        except OSError as error:
            raise DefinitionError(f"{self.folder} cannot keep certificates: {error.strerror}") from error

    def _authority(self, now: datetime) -> Signed:
        authority = load(self.authority_key)
        if authority is None or not authority.lasts(now):
            if self.authority.exists():
                log.warning(
                    "%s is replaced: it had expired, or its key was damaged. Trust it anew", self.authority
                )
            authority = make_authority(now)
            store(self.authority_key, authority.pem())
        if not self.authority.exists() or self.authority.read_bytes() != authority.public_pem():
            store(self.authority, authority.public_pem(), 0o644)
        return authority

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(self.leaf)
        return context


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time: two first starts at once would each sign with an authority of its own."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def store(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Whole or not at all, and never readable by others, not even while it is written."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)


def load(path: Path) -> Signed | None:
    """None when there is none, or none that can be used."""
    try:
        content = path.read_bytes()
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        log.warning("%s is damaged: %s", path, error)
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        log.warning("%s is damaged: its key is not its certificate's", path)
        return None
    return Signed(certificate, key)


def make_authority(now: datetime) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    name = named(f"Riffle on this machine, {now:%Y-%m-%d}")
    builder = begun(name, name, key, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(x509.NameConstraints(own_names(), None), critical=True)
    return Signed(builder.sign(key, hashes.SHA256()), key)


def make_leaf(authority: Signed, now: datetime) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = begun(named(HOST), authority.certificate.subject, key, now, LEAF_DAYS)
    names = [x509.DNSName(HOST), *(x509.IPAddress(ip_address(each)) for each in ADDRESSES)]
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage(signs_certificates=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName(names), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), False),
    ):
        builder = builder.add_extension(extension, critical)
    return Signed(builder.sign(authority.key, hashes.SHA256()), key)


def begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def own_names() -> list[x509.GeneralName]:
    return [x509.DNSName(HOST), *(x509.IPAddress(ip_network(each)) for each in ADDRESSES)]


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
