"""What a marketplace can be asked and what it answers: plain data in, plain data out.

No ORM row, session or settings object crosses this line. An adapter translates; the gateway sends; the
controller in ``publishing`` decides. Money is whole đồng, weight grams, lengths millimetres, time UTC.
"""

from ocop_hub.marketplaces.contract.capabilities import Capabilities
from ocop_hub.marketplaces.contract.consent import Grant, Push, PushKind, PushPage, PushRequest
from ocop_hub.marketplaces.contract.data import (
    NO_PRICE,
    Item,
    ItemPage,
    ListingDraft,
    Observation,
    Pack,
    PackFile,
    Page,
    PageMatch,
    Picture,
    Reason,
    Shop,
)
from ocop_hub.marketplaces.contract.failures import (
    BadAnswer,
    ForgedPush,
    MarketplaceError,
    Misconfigured,
    Missing,
    NeedsPerson,
    Refused,
    SignInAgain,
    TransportFailed,
    Unsupported,
    WaitUntil,
    outcome_unknown,
)
from ocop_hub.marketplaces.contract.protocol import Marketplace
from ocop_hub.marketplaces.contract.states import Call, Grade, ListingState, Mode

__all__ = [
    "NO_PRICE",
    "BadAnswer",
    "Call",
    "Capabilities",
    "ForgedPush",
    "Grade",
    "Grant",
    "Item",
    "ItemPage",
    "ListingDraft",
    "ListingState",
    "Marketplace",
    "MarketplaceError",
    "Misconfigured",
    "Missing",
    "Mode",
    "NeedsPerson",
    "Observation",
    "Pack",
    "PackFile",
    "Page",
    "PageMatch",
    "Picture",
    "Push",
    "PushKind",
    "PushPage",
    "PushRequest",
    "Reason",
    "Refused",
    "Shop",
    "SignInAgain",
    "TransportFailed",
    "Unsupported",
    "WaitUntil",
    "outcome_unknown",
]
