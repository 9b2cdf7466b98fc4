"""Sealing of small secrets at rest: AES-256-GCM with a key id and associated data."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_ID_BYTES = 4
SHORTEST_SECRET = 32


class CannotOpen(Exception):
    """The sealed bytes belong to another key or another place, or were changed."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals under one key; ``key_id`` stands in front of every sealed value, so that a later key can be told."""

    key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key without telling it."""
        return hashlib.sha256(b"key-id" + self.key).digest()[:KEY_ID_BYTES]

    def seal(self, plain: bytes, *, belongs_to: str) -> bytes:
        """Key id, nonce and ciphertext; ``belongs_to`` (e.g. ``account:{id}``) must be given again to open."""
        # Random 96 bits do for 2^32 values under one key (NIST SP 800-38D §8.3), far beyond one house.
        nonce = os.urandom(NONCE_BYTES)
        return self.key_id + nonce + AESGCM(self.key).encrypt(nonce, plain, belongs_to.encode())

    def open(self, sealed: bytes, *, belongs_to: str) -> bytes:
        """The plain bytes. Raises :class:`CannotOpen`."""
        head = KEY_ID_BYTES + NONCE_BYTES
        if sealed[:KEY_ID_BYTES] != self.key_id:
            raise CannotOpen("sealed under another key")
        try:
            return AESGCM(self.key).decrypt(sealed[KEY_ID_BYTES:head], sealed[head:], belongs_to.encode())
        except InvalidTag as error:
            raise CannotOpen("changed, or sealed for another place") from error


def derive_key(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose from the installation's secret."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


def installation_secret(configured: str, data_dir: Path) -> str:
    """The secret of this installation: the configured one, or one made once and kept in ``data_dir/secret.key``.

    Raises ValueError when a configured secret is shorter than 32 characters.
    """
    if configured:
        if len(configured) < SHORTEST_SECRET:
            raise ValueError(f"OCOP_HUB_SECRET_KEY must have at least {SHORTEST_SECRET} characters")
        return configured
    path = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make_secret(path)
    return path.read_text().strip()


def _make_secret(path: Path) -> None:
    """Put a new secret there, whole from its first moment: processes that start together must agree on it."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            # On the disk before it has a name: a key lost to a power cut opens nothing any more.
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first
            # A link refuses a name that is taken, where a rename would put a second secret over the first.
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
