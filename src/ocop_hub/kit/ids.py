"""Identifiers that sort by the time they were made, so that new rows land at the end of an index."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562)."""
    return uuid7()
