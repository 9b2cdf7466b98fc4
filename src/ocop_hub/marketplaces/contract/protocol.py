"""The calls of one marketplace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from ocop_hub.marketplaces.contract.capabilities import Capabilities
from ocop_hub.marketplaces.contract.consent import Grant, Push, PushPage, PushRequest
from ocop_hub.marketplaces.contract.data import (
    Item,
    ItemPage,
    ListingDraft,
    Observation,
    Pack,
    Page,
    PageMatch,
    Picture,
    Reason,
    Shop,
)


@runtime_checkable
class Marketplace(Protocol):
    """One marketplace. Calls outside its ``capabilities`` raise :class:`Unsupported`."""

    key: str
    name: str
    capabilities: Capabilities

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        """What would be refused, before anything is sent. Pure."""

    def public_url(self, shop: Shop, remote_id: str) -> str:
        """The address a buyer opens."""

    def match_url(self, url: str) -> str:
        """The remote id inside a pasted public address; empty when it is not one of this marketplace."""

    def match_page(self, page: Page, draft: ListingDraft, shop: Shop) -> PageMatch:
        """Hold a fetched public page against the draft. Pure."""

    def pack(self, draft: ListingDraft) -> Pack:
        """The files, fields and steps for a person."""

    # Consent (``capabilities.signs_in``)

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        """The marketplace's page where the owner of a stall agrees; it leads back to ``redirect_uri``.

        ``state`` comes back unchanged in the query. Pure. Raises :class:`Misconfigured` without an application.
        """

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        """The grant for what came back in the query (``code``, a shop's id, …). A code works once.

        Raises :class:`Refused` (denied, used or too old) and the errors of any call.
        """

    async def refresh(self, shop: Shop) -> Grant:
        """New tokens by ``shop.credentials``; the caller holds the only turn for this grant.

        Raises :class:`SignInAgain` when the refresh token no longer holds.
        """

    # Pushes (``capabilities.pushes``, ``capabilities.queues_pushes``)

    def read_push(self, request: PushRequest) -> tuple[Push, ...]:
        """Check the signature over the raw body and read the events; pure.

        Raises :class:`ForgedPush`. An event of a kind we do not know is ``OTHER``, never an error.
        """

    async def pull_pushes(self, shop: Shop, cursor: str = "") -> PushPage:
        """The next events of the stall's queue; ``cursor`` acknowledges those of the page before."""

    # Items and listings

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage: ...

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        """The marketplace's reference of the picture."""

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        """Create the listing. Never repeated by anything below the controller."""

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation: ...

    async def unlist(self, shop: Shop, remote_id: str) -> Observation: ...

    async def relist(self, shop: Shop, remote_id: str) -> Observation: ...

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        """The item that carries our seller SKU, if there is one."""

    async def status(self, shop: Shop, remote_id: str) -> Observation: ...
