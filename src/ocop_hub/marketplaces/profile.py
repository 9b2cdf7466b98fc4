"""The one adapter behind every partner profile: a marketplace whose contract arrives later is a file, not code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces import checks, pages
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    Capabilities,
    Grant,
    Item,
    ItemPage,
    ListingDraft,
    ListingState,
    Missing,
    Mode,
    Observation,
    Picture,
    Reason,
    Refused,
    Shop,
    Unsupported,
)
from ocop_hub.marketplaces.gateway import Gateway, Hosts, within
from ocop_hub.marketplaces.keyed import KeyedStalls
from ocop_hub.marketplaces.profile_calls import ProfileCalls, Said, at, text_at
from ocop_hub.marketplaces.profile_consent import consent_of
from ocop_hub.marketplaces.profile_file import Profile


def capabilities_of(profile: Profile) -> Capabilities:
    """What the tables of a profile allow."""
    limits, calls = profile.limits, profile.calls
    return Capabilities(
        mode=Mode.API,
        lists_items="list_items" in calls,
        uploads_pictures="upload_picture" in calls,
        updates="update" in calls,
        unlists="unlist" in calls,
        finds_by_sku=True,
        reads_status=True,
        checks_links=True,
        signs_in=profile.consent is not None,
        consent_names_shop=profile.consent is None or bool(profile.consent.shop),
        max_pictures=limits.max_pictures,
        settle_after=timedelta(seconds=limits.settle_after_s),
        look_every=timedelta(minutes=limits.look_every_min),
        refresh_every=timedelta(days=limits.refresh_every_days) if limits.refresh_every_days else None,
    )


class ProfileMarket(KeyedStalls):
    """One marketplace spoken with as its profile says."""

    def __init__(
        self, gateway: Gateway, hosts: Hosts, profile: Profile, *, public_hosts: tuple[str, ...] = ()
    ) -> None:
        self.key = profile.key
        self.name = profile.name
        self.capabilities = capabilities_of(profile)
        self.public_site = profile.hosts.public
        self.public_hosts = tuple(f"{www}{host}" for host in public_hosts for www in ("", "www."))
        self.product_path = re.compile(profile.pages.path)
        super().__init__(hosts)
        self._profile = profile
        self._calls = ProfileCalls(gateway, hosts, profile, timeout=self.capabilities.call_timeout)
        self._consent = consent_of(gateway, hosts, profile, timeout=self.capabilities.call_timeout)

    # What needs no call

    def validate(self, draft: ListingDraft) -> tuple[Reason, ...]:
        """What no marketplace takes; its own rules come back as reasons."""
        asked = (checks.sku, checks.title, checks.description, checks.price, checks.picture)
        return checks.reasons(check(draft) for check in asked)

    def public_url(self, shop: Shop, remote_id: str) -> str:
        return self._public_base + self._profile.pages.address.format(remote_id=remote_id)

    # Consent

    def authorise_url(self, *, redirect_uri: str, state: str) -> str:
        if self._consent is None:
            return super().authorise_url(redirect_uri=redirect_uri, state=state)
        return self._consent.authorise_url(redirect_uri=redirect_uri, state=state)

    async def exchange(self, params: Mapping[str, str], *, redirect_uri: str) -> Grant:
        if self._consent is None:
            return await super().exchange(params, redirect_uri=redirect_uri)
        return await self._consent.exchange(params, redirect_uri=redirect_uri)

    async def refresh(self, shop: Shop) -> Grant:
        if self._consent is None:
            return await super().refresh(shop)
        return await self._consent.refresh(shop)

    # Reading

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """The cursor is the marketplace's own where the profile names one, else the number of the page."""
        self._offered("list_items")
        part, size = self._profile.calls["list_items"], self._profile.limits.page_size
        page = int(cursor) if cursor.isdigit() and not part.next else 1
        said = await self._calls.ask(
            Call.LIST_ITEMS, shop, {"page": page, "page_size": size, "cursor": cursor if part.next else ""}
        )
        records = _records(at(said.body, part.items))
        items = tuple(self._item(shop, record) for record in records)
        if part.next:
            return ItemPage(items, text_at(said.body, part.next))
        return ItemPage(items, str(page + 1) if len(records) >= size else "")

    async def find(self, shop: Shop, seller_sku: str) -> Item | None:
        """The first made of those that carry the SKU and are not deleted."""
        part = self._profile.calls["find"]
        try:
            said = await self._calls.ask(Call.FIND, shop, {"seller_sku": seller_sku})
        except Missing:
            return None
        found = at(said.body, part.items or part.record)
        records = _records(found if part.items else [found])
        items = [self._item(shop, record) for record in records]
        ours = [each for each in items if each.seller_sku == seller_sku and each.remote_id]
        standing = [each for each in ours if each.state is not ListingState.DELETED]
        return min(standing, key=lambda each: _order(each.remote_id), default=None)

    async def status(self, shop: Shop, remote_id: str) -> Observation:
        try:
            said = await self._calls.ask(Call.STATUS, shop, {"remote_id": remote_id})
        except Missing as missing:
            return Observation(
                ListingState.DELETED, missing.code, remote_id=remote_id, exchange=missing.exchange
            )
        record = at(said.body, self._profile.calls["status"].record)
        if not isinstance(record, Mapping):
            raise BadAnswer(f"{self.name} trả lời mà không có tin đăng.", exchange=said.exchange)
        return self._seen(shop, record, said)

    # Changing

    async def upload_picture(self, shop: Shop, picture: Picture) -> str:
        self._offered("upload_picture")
        said = await self._calls.ask(Call.UPLOAD_PICTURE, shop, {}, picture=picture)
        ref = text_at(said.body, self._profile.calls["upload_picture"].picture)
        if not ref:
            raise BadAnswer(f"{self.name} nhận ảnh nhưng không cho mã ảnh.", exchange=said.exchange)
        return ref

    async def publish(self, shop: Shop, draft: ListingDraft, picture_refs: Sequence[str]) -> Observation:
        said = await self._calls.ask(Call.PUBLISH, shop, self._values(draft, picture_refs))
        record = at(said.body, self._profile.calls["publish"].record)
        seen = self._seen(shop, record if isinstance(record, Mapping) else {}, said)
        if not seen.remote_id:
            raise BadAnswer(f"{self.name} nhận tin đăng nhưng không cho mã.", exchange=said.exchange)
        if not seen.raw_state:  # taken in, and nothing said of a review
            seen = replace(seen, state=ListingState.SUBMITTED)
        return replace(seen, title=draft.title, price_vnd=draft.price_vnd)

    async def update(
        self, shop: Shop, remote_id: str, draft: ListingDraft, picture_refs: Sequence[str]
    ) -> Observation:
        self._offered("update")
        with within(self.capabilities.call_timeout):
            values = {**self._values(draft, picture_refs), "remote_id": remote_id}
            await self._calls.ask(Call.UPDATE, shop, values)
            return await self.status(shop, remote_id)

    async def unlist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._turned(Call.UNLIST, shop, remote_id)

    async def relist(self, shop: Shop, remote_id: str) -> Observation:
        return await self._turned(Call.RELIST, shop, remote_id)

    async def _turned(self, call: Call, shop: Shop, remote_id: str) -> Observation:
        self._offered(call.value)
        with within(self.capabilities.call_timeout):
            await self._calls.ask(call, shop, {"remote_id": remote_id})
            return await self.status(shop, remote_id)

    def _offered(self, call: str) -> None:
        if call not in self._profile.calls:
            raise self._no(f"cách làm việc này ({call})")

    # Words

    def _values(self, draft: ListingDraft, refs: Sequence[str]) -> dict[str, Any]:
        """What the templates of publish and update may name. Raises what cannot be sent."""
        if draft.extra:
            raise Unsupported(f"{self.name} không có chỗ cho: {', '.join(sorted(draft.extra))}.", sent=False)
        reasons = self.validate(draft)
        if reasons:
            raise Refused(reasons[0].text, reasons=reasons)
        return {
            "seller_sku": draft.seller_sku,
            "title": draft.title,
            "description": draft.description,
            "price_vnd": draft.price_vnd,
            "stock": draft.stock,
            "weight_g": draft.weight_g,
            "weight_kg": None if draft.weight_g is None else draft.weight_g / 1000,
            "group": draft.group,
            "group_name": draft.group_name or draft.group,
            "category_id": self._category(draft),
            "brand": draft.brand,
            "gtin": draft.gtin,
            "unit": draft.unit,
            "producer_name": draft.producer_name,
            "place_name": draft.place_name,
            "stars": draft.stars,
            "trace_url": draft.trace_url,
            "picture_refs": list(refs),
            "picture_urls": [each.url for each in draft.pictures[: self.capabilities.max_pictures]],
            "attributes": dict(draft.attributes),
        }

    def _category(self, draft: ListingDraft) -> str:
        """What a person chose, else what the profile says of the group."""
        if draft.category_id:
            return draft.category_id
        known = {_plain(group): category for group, category in self._profile.categories.items()}
        return known.get(_plain(draft.group), known.get(_plain(draft.group_name), ""))

    def _state(self, record: Mapping[str, Any]) -> tuple[ListingState, str]:
        word = text_at(record, self._profile.item.state)
        return self._profile.states.get(word, ListingState.UNKNOWN), word

    def _item(self, shop: Shop, record: Mapping[str, Any]) -> Item:
        paths, (state, word) = self._profile.item, self._state(record)
        remote_id, picture = text_at(record, paths.id), text_at(record, paths.picture)
        return Item(
            remote_id=remote_id,
            title=text_at(record, paths.title),
            price_vnd=pages.read_price(at(record, paths.price)),
            seller_sku=text_at(record, paths.sku),
            state=state,
            raw_state=word,
            public_url=text_at(record, paths.url) or (self.public_url(shop, remote_id) if remote_id else ""),
            picture_urls=(picture,) if picture else (),
        )

    def _seen(self, shop: Shop, record: Mapping[str, Any], said: Said) -> Observation:
        paths, item = self._profile.item, self._item(shop, record)
        why = text_at(record, paths.reason)
        return Observation(
            item.state,
            item.raw_state,
            remote_id=item.remote_id,
            public_url=item.public_url,
            title=item.title,
            price_vnd=item.price_vnd,
            out_of_stock=bool(paths.stock) and at(record, paths.stock) == 0,
            reasons=(Reason("", item.raw_state, f"{self.name} báo “{why}”."),) if why else (),
            description=text_at(record, paths.description) if paths.description else None,
            exchange=said.exchange,
        )


def _records(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _order(remote_id: str) -> tuple[int, str]:
    """Numbers by size, so that the lower of two is the earlier."""
    return (len(remote_id), remote_id) if remote_id.isdigit() else (0, remote_id)


def _plain(group: str) -> str:
    """A group's code and its name alike: ``thuc_pham`` is "Thực phẩm"."""
    return fold(group).replace("_", " ")
