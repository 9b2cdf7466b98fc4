"""What may go wrong with a call, by what is to be done next. The marketplace's own words are always kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ocop_hub.marketplaces.contract.data import Reason
from ocop_hub.marketplaces.contract.states import Call


class MarketplaceError(Exception):
    """Base. Keeps the marketplace's own code, message and request id; ``sent`` is False when nothing left us."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        request_id: str = "",
        sent: bool = True,
        exchange: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id
        self.sent = sent
        self.exchange: Mapping[str, Any] = exchange or {}


class SignInAgain(MarketplaceError):
    """The stall's grant is gone; only this stall stops until its owner signs in."""


class Misconfigured(MarketplaceError):
    """Our own side is wrong (host, application key, undeclared address): the operator acts."""


class WaitUntil(MarketplaceError):
    """Rate or daily limit; nothing was done. ``until`` is UTC."""

    def __init__(
        self,
        message: str,
        *,
        until: datetime,
        code: str = "",
        request_id: str = "",
        exchange: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, exchange=exchange)
        self.until = until


class Refused(MarketplaceError):
    """The marketplace looked and said no, with the fields to mend."""

    def __init__(
        self,
        message: str,
        *,
        reasons: Sequence[Reason] = (),
        code: str = "",
        request_id: str = "",
        exchange: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, request_id=request_id, exchange=exchange)
        self.reasons = tuple(reasons)


class Missing(Refused):
    """There is no such thing at the marketplace."""


class ForgedPush(MarketplaceError):
    """A push whose signature does not hold, or that is not one at all: nothing of it is kept."""


class NeedsPerson(MarketplaceError):
    """A person must do the next step by hand; the message says which."""


class Unsupported(MarketplaceError):
    """The draft holds something this marketplace has no field for, or the call does not exist there."""


class TransportFailed(MarketplaceError):
    """No usable answer: connection, deadline, 5xx, half an answer. The outcome of the call is unknown if ``sent``."""


class BadAnswer(TransportFailed):
    """An answer came, but not in the documented form; it is kept raw."""


def outcome_unknown(error: MarketplaceError, call: Call) -> bool:
    """True when the call may have created something although no answer says so."""
    return call.creates and error.sent and isinstance(error, TransportFailed)
