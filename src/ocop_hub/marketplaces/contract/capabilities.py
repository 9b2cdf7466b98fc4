"""What a marketplace offers, declared by its adapter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ocop_hub.marketplaces.contract.states import Mode


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the marketplace offers; the controller asks for nothing beyond it."""

    mode: Mode
    lists_items: bool = False
    uploads_pictures: bool = False
    updates: bool = False
    unlists: bool = False
    finds_by_sku: bool = False
    reads_status: bool = False
    checks_links: bool = False
    #: A stall is opened by its owner's consent (``authorise_url``, ``exchange``, ``refresh``).
    signs_in: bool = False
    #: The consent says which stall it is for; else its id is asked for beforehand.
    consent_names_shop: bool = True
    #: Sends signed pushes to an address of ours (``read_push``).
    pushes: bool = False
    #: Keeps events in a queue that we empty (``pull_pushes``).
    queues_pushes: bool = False
    #: False: what was rejected is made anew by another create, never edited.
    edits_rejected: bool = True
    #: Fewest and most characters of a title in every category; a shorter name is made longer by what is true of
    #: the product (pack, producer, place).
    title_chars: tuple[int, int] = (1, 255)
    max_pictures: int = 9
    #: How long a create with an unknown outcome may take to become findable (decision 0004).
    settle_after: timedelta = timedelta(seconds=30)
    #: Deadline of one call; always shorter than the controller's lease.
    call_timeout: timedelta = timedelta(seconds=20)
    #: A look at a listing in a settled state is repeated after this.
    look_every: timedelta = timedelta(hours=6)
    #: What was sent is sent again after this, though nothing changed: shorter than the time in which the
    #: marketplace drops it. None: it stays.
    refresh_every: timedelta | None = None
