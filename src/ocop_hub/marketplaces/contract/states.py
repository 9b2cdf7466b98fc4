"""The words of the contract: modes, states, grades, calls."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """How a product gets to the marketplace (glossary B)."""

    API = "api"
    FEED = "feed"
    SHEET = "sheet"
    ASSISTED = "assisted"


class ListingState(StrEnum):
    """What was seen of a listing. A remote word we do not know is ``UNKNOWN``."""

    NONE = "none"
    PREPARING = "preparing"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    LIVE = "live"
    NEEDS_PERSON = "needs_person"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    UNLISTED = "unlisted"
    DELETED = "deleted"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """How a sighting is known, strongest first (glossary C)."""

    API = "api"
    LINK = "link"
    SEEN = "seen"
    DECLARED = "declared"


class Call(StrEnum):
    """The calls of the contract, by name: attempts, limits and retry rules are keyed by it."""

    LIST_ITEMS = "list_items"
    UPLOAD_PICTURE = "upload_picture"
    PUBLISH = "publish"
    UPDATE = "update"
    UNLIST = "unlist"
    RELIST = "relist"
    FIND = "find"
    STATUS = "status"
    FETCH_PAGE = "fetch_page"
    EXCHANGE = "exchange"
    REFRESH = "refresh"
    PULL_PUSHES = "pull_pushes"

    @property
    def creates(self) -> bool:
        """A lost answer to this call may have left something behind that a repeat would double."""
        return self is Call.PUBLISH
