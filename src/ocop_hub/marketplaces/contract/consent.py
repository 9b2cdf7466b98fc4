"""What an owner's consent opens, and what a marketplace tells of by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Grant:
    """What an owner's consent opens. Both tokens are kept in one transaction before the next call.

    A refresh token is taken to be single use: the one that was sent is gone, whether or not the answer came.
    """

    access_token: str = field(repr=False)
    #: UTC; computed from what the marketplace said, never assumed by the caller.
    access_until: datetime
    refresh_token: str = field(default="", repr=False)
    #: Until when it may be renewed; None: the marketplace does not say.
    refresh_until: datetime | None = None
    #: The stall the consent is for; empty where only the stall itself tells (then it was given beforehand).
    shop_id: str = ""
    #: Kept sealed beside the tokens and found in ``Shop.credentials`` under the same names, e.g. shop_cipher.
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    def credentials(self) -> dict[str, str]:
        """What is sealed with the stall; ``Shop.credentials`` of the next call."""
        tokens = {"access_token": self.access_token, "refresh_token": self.refresh_token}
        return {name: value for name, value in {**self.extra, **tokens}.items() if value}


class PushKind(StrEnum):
    """What a push asks of us. The listing's state is never taken from it: it is read by ``status``."""

    #: Look at the listing (``remote_id``), now.
    LISTING = "listing"
    #: The owner withdrew the consent, or it lapsed: the stall needs a sign-in.
    SIGN_IN_ENDED = "sign_in_ended"
    #: The consent lapses at ``until``.
    SIGN_IN_ENDS = "sign_in_ends"
    #: Anything else: kept, nothing done.
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PushRequest:
    """A push as it came. ``url`` is the public address that was registered; ``body`` is the raw bytes."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """A header's value whatever the case of its name; empty where it is missing."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Push:
    """One event the marketplace told of, by push or from its queue."""

    #: Tells a repeat: the marketplace's own id, else a digest of the signed body.
    event_id: str
    kind: PushKind
    shop_id: str = ""
    remote_id: str = ""
    #: When it happened, as the marketplace says (UTC).
    at: datetime | None = None
    until: datetime | None = None
    #: The event as it was told, for people who look into it.
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PushPage:
    """Events of a queue. Asking with ``next_cursor`` tells the marketplace that these are safely kept."""

    pushes: tuple[Push, ...]
    next_cursor: str = ""
