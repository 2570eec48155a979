"""This machine's own key for tokens, beside its certificates: an API served here may take what it signs.

Whoever can read the key can sign as any user of any such API, so it is its owner's alone, and only an
endpoint that was told to (`Surroundings.local_keys`) trusts it.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.appsync.certificates import locked, store
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.keys import Key

log = logging.getLogger(__name__)
FILE = "token-key.pem"
ALGORITHM = "RS256"  # Cognito's
OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs tokens; `name` is the `kid` by which an endpoint finds the key to check them with."""

    private: rsa.RSAPrivateKey
    name: str

    def trusted(self) -> dict[str, Key]:
        return {self.name: Key(self.private.public_key(), (ALGORITHM,), local=True)}

    def sign(self, claims: Json) -> str:
        return jwt.encode(claims, self.private, ALGORITHM, {"kid": self.name})


def signer_of(folder: Path) -> Signer:
    """The one whose key is in `folder`, made when missing. Raises DefinitionError."""
    path = folder / FILE
    try:
        with locked(folder):
            return load(path) or make(path)
    except OSError as error:
        raise DefinitionError(f"{path} cannot be kept: {error.strerror}") from error


def make(path: Path) -> Signer:
    key = new_key()
    store(
        path,
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    return Signer(key, name_of(key))


def name_of(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"this-machine-{hashlib.sha256(public).hexdigest()[:16]}"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def load(path: Path) -> Signer | None:
    """None when there is none, none that can be used, or one that others could have read."""
    try:
        if path.stat().st_mode & OTHERS:
            log.warning("%s is replaced: others could read it. Tokens signed with it are good no more", path)
            return None
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        log.warning("%s is replaced: it is damaged (%s)", path, error)
        return None
    return Signer(key, name_of(key)) if isinstance(key, rsa.RSAPrivateKey) else None
