"""Signatures: a supplier's files prove whose they are (Ed25519, RFC 8032).

Beside the files lies `boardtrace.sig`, JSON of the public key and the signature over the
digest of all of them (chain.py), whatever their names and however they are packed. What
stands in it goes into the link of the batch.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from boardtrace.chain import source_digest
from boardtrace.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.files import File

__all__ = ["NAME", "checked", "fingerprint", "holds", "sign"]

NAME = "boardtrace.sig"
_FIELDS = {"key", "signature"}


def sign(files: list[File], key: Path) -> str:
    """Write the signature of these files by a private key (PEM); BadInput if it is none."""
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except OSError as error:
        raise BadInput(f"{key}: {error.strerror}") from None
    except (ValueError, TypeError) as error:
        raise BadInput(f"{key.name}: not a private key in PEM without a password: {error}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput(
            f"{key.name}: not an Ed25519 key", hint="openssl genpkey -algorithm ed25519 -out key.pem"
        )
    public = private.public_key().public_bytes_raw()
    signature = private.sign(_message(_digest(files)))
    said = {"key": base64.b64encode(public).decode(), "signature": base64.b64encode(signature).decode()}
    return json.dumps(said) + "\n"


def checked(files: list[File], signer: Path | None = None) -> tuple[list[File], dict[str, str] | None]:
    """Take the signature from among the files; return the others and what it says.

    BadInput if it does not hold, or is not by ``signer`` (a public key in PEM) who is asked for.
    """
    found = [file for file in files if file.base == NAME]
    rest = [file for file in files if file.base != NAME]
    if not found:
        if signer:
            raise BadInput(f"there is no {NAME} among the files, and {signer.name} must have signed them")
        return files, None
    if len(found) > 1:
        raise BadInput(f"{len(found)} files are called {NAME}: sign all files together")
    try:
        said = json.loads(found[0].path.read_bytes())
    except ValueError:
        said = None
    if (
        not isinstance(said, dict)
        or set(said) != _FIELDS
        or not all(isinstance(v, str) for v in said.values())
    ):
        raise BadInput(f"{found[0].name}: not a signature of ours")
    if not holds(said, _digest(rest)):
        raise BadInput(f"{found[0].name}: these are not the files that were signed")
    if signer and base64.b64decode(said["key"]) != _public(signer):
        raise BadInput(f"{found[0].name}: signed by {fingerprint(said)}, not by {signer.name}")
    return rest, said


def holds(said: dict[str, str], source: str) -> bool:
    """Say whether a signature is one of this digest of files."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["key"], validate=True))
        key.verify(base64.b64decode(said["signature"], validate=True), _message(source))
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


def fingerprint(said: dict[str, str]) -> str:
    """Shorten the key to what people compare: the first 16 digits of its SHA-256."""
    return hashlib.sha256(base64.b64decode(said["key"])).hexdigest()[:16]


def _public(path: Path) -> bytes:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise BadInput(f"{path.name}: not a public key in PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f"{path.name}: not an Ed25519 key")
    return key.public_bytes_raw()


def _digest(files: list[File]) -> str:
    return source_digest([file.sha256() for file in files])


def _message(source: str) -> bytes:
    return f"boardtrace batch {source}".encode()
