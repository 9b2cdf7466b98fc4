"""Passphrases: argon2id, computed off the event loop.

Parameters are OWASP's (Password Storage Cheat Sheet, argon2id: m = 19 MiB, t = 2, p = 1), which keep a
web process small even when many people sign in at once.
"""

from __future__ import annotations

import asyncio
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ocop_hub.accounts.errors import WeakPassphrase
from ocop_hub.errors import FieldProblem

SHORTEST = 10
LONGEST = 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check_strength(passphrase: str) -> None:
    """Raises :class:`WeakPassphrase` when shorter than 10 or longer than 200 characters, or one character over and over."""
    if not SHORTEST <= len(passphrase) <= LONGEST:
        problem = f"Mật khẩu phải có từ {SHORTEST} đến {LONGEST} ký tự."
    elif len(set(passphrase)) < 4:
        problem = "Mật khẩu lặp lại quá ít ký tự. Hãy dùng một câu dài, dễ nhớ với bạn."
    else:
        return
    raise WeakPassphrase(problem, fields=[FieldProblem("passphrase", "weak", problem)])


async def hash_passphrase(passphrase: str) -> str:
    """The encoded hash to store."""
    return await asyncio.to_thread(_hasher.hash, _normal(passphrase))


async def verify_passphrase(stored: str | None, passphrase: str) -> bool:
    """Whether ``passphrase`` belongs to ``stored``; without a stored hash the same work is done and the answer is no."""
    matches = await asyncio.to_thread(_verify, stored or _nobody(), _normal(passphrase))
    return matches and stored is not None


def needs_new_hash(stored: str) -> bool:
    """True when the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _normal(passphrase: str) -> str:
    # One keyboard writes "ệ" composed, another does not: the same passphrase must open (RFC 8265 §4.2).
    return unicodedata.normalize("NFC", passphrase[:LONGEST])


def _verify(stored: str, passphrase: str) -> bool:
    try:
        return _hasher.verify(stored, passphrase)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache
def _nobody() -> str:
    """A hash that no passphrase opens, made once per process with today's parameters."""
    return _hasher.hash("nobody signs in with this")
