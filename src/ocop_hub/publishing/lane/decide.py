"""What a listing's row asks for now. Pure: the same row always asks for the same step.

desired live     no remote id   outcome of a create unknown → settle (find, wait, find, then create again)
                                refused at this revision    → idle until the product changes
                                otherwise                   → create (after a find)
                 rejected and cannot be edited              → as without a remote id
                 remote id      product changed since sent  → update
                                sent too long ago           → update
                                we unlisted it              → relist
                                otherwise                   → look
desired unlisted or withdrawn   still up                    → unlist, else look
modes without an interface      link given                  → check the link, else a person's turn
"""

from __future__ import annotations

from dataclasses import dataclass

from ocop_hub.marketplaces.contract import Capabilities, ListingState, Mode
from ocop_hub.publishing.models import Desired, Step

GONE = frozenset({ListingState.DELETED})
UP = frozenset({ListingState.LIVE, ListingState.IN_REVIEW, ListingState.SUBMITTED, ListingState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Row:
    """What the decision reads of a listing."""

    desired: Desired
    #: The product says or shows something else than was sent.
    behind: bool
    state: ListingState
    remote_id: str
    public_url: str
    #: A publish call was started and no answer to it was ever recorded, or its outcome is unknown.
    create_unresolved: bool
    #: What was sent is so old that the marketplace would drop it (``Capabilities.refresh_every``).
    stale: bool = False


def decide(row: Row, capabilities: Capabilities) -> Step:
    """The next step of a listing."""
    if capabilities.mode is not Mode.API:
        return _by_hand(row, capabilities)
    if row.desired is not Desired.LIVE:
        return _down(row, capabilities)
    if not row.remote_id or _must_be_made_anew(row, capabilities):
        return _towards_live(row)
    if row.state in GONE:
        return Step.IDLE
    if (row.behind or row.stale) and capabilities.updates:
        return Step.UPDATE
    if row.state is ListingState.UNLISTED and capabilities.unlists:
        return Step.RELIST
    return Step.LOOK if capabilities.reads_status else Step.IDLE


def _must_be_made_anew(row: Row, capabilities: Capabilities) -> bool:
    return row.state is ListingState.REJECTED and not capabilities.edits_rejected


def _by_hand(row: Row, capabilities: Capabilities) -> Step:
    if row.desired is Desired.LIVE and not row.public_url:
        return Step.IDLE
    if row.state in GONE and row.desired is not Desired.LIVE:
        return Step.IDLE
    return Step.CHECK_LINK if row.public_url and capabilities.checks_links else Step.IDLE


def _down(row: Row, capabilities: Capabilities) -> Step:
    if row.create_unresolved and not row.remote_id:
        return Step.SETTLE
    if not row.remote_id or row.state in GONE:
        return Step.IDLE
    if row.state in UP and capabilities.unlists:
        return Step.UNLIST
    return Step.LOOK if capabilities.reads_status else Step.IDLE


def _towards_live(row: Row) -> Step:
    if row.create_unresolved:
        return Step.SETTLE
    if row.state is ListingState.REJECTED and not row.behind:
        return Step.IDLE
    return Step.CREATE
