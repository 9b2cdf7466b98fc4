"""Provinces of made-up products: built product by product, with one statement per table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, PROVINCE, make_decision

from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.certificates.models import Certificate
from ocop_hub.db import insert_rows
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import Grade, ListingState, Mode
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.publishing.models import (
    AccountState,
    Desired,
    Listing,
    ListingInterval,
    MarketplaceAccount,
    Step,
)

LONG_AGO = datetime(2019, 12, 31, 17, tzinfo=UTC)
Spell = tuple[ListingState, Grade | None, datetime, datetime | None]


@dataclass(slots=True)
class Made:
    """A product to be made: where, what, which certificates, and on which marketplaces over which spells."""

    unit: str = BA_CHE
    province: str = PROVINCE
    district: str | None = None
    certified_unit: str | None = None
    group: str = "thuc_pham"
    producer: int = 0
    kind: ProducerKind = ProducerKind.COOPERATIVE
    season: Sequence[int] = ()
    certificates: Sequence[tuple[int, datetime, datetime]] = ()
    listings: Mapping[str, Sequence[Spell]] = field(default_factory=dict)
    id: UUID = field(default_factory=new_id)


class World:
    """Writes :class:`Made` products; producers are told apart by unit, kind and number."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._producers: dict[tuple[str, ProducerKind, int], UUID] = {}
        self._accounts: dict[tuple[UUID, str], UUID] = {}

    async def make(self, products: Sequence[Made]) -> None:
        """Everything of these products."""
        decision = await make_decision(self.session)
        rows: dict[type[Any], list[dict[str, Any]]] = {}

        def add(model: type[Any], **row: Any) -> UUID:
            row.setdefault("id", new_id())
            rows.setdefault(model, []).append(row)
            made: UUID = row["id"]
            return made

        for number, made in enumerate(products):
            producer = self._producer(made, add)
            add(
                Product,
                id=made.id,
                producer_id=producer,
                **_named(f"Sản phẩm {number}"),
                group_code=made.group,
                status=ProductStatus.APPROVED,
                description="",
                season_months=list(made.season),
                storage="",
                unit="",
                external_code="",
                commune_as_written="",
                certified_unit_id=made.certified_unit or made.unit,
                current_unit_id=made.unit,
                province_id=made.province,
                revision=1,
            )
            for stars, begins, ends in made.certificates:
                add(
                    Certificate,
                    product_id=made.id,
                    producer_id=producer,
                    decision_id=decision.id,
                    number="",
                    stars=stars,
                    proposed_five=False,
                    valid=Range(begins, ends),
                    withdrawn_reason="",
                    certified_unit_id=made.certified_unit or made.unit,
                    certified_district_id=made.district,
                )
            for key, spells in made.listings.items():
                self._listing(made, producer, key, spells, add)
        for model in (Producer, Product, Certificate, MarketplaceAccount, Listing, ListingInterval):
            if rows.get(model):
                await self.session.execute(insert_rows(model, rows[model]))

    def _producer(self, made: Made, add: Any) -> UUID:
        key = (made.unit, made.kind, made.producer)
        if key not in self._producers:
            self._producers[key] = add(
                Producer,
                kind=made.kind,
                **_named(f"Chủ thể {len(self._producers)}"),
                address="",
                current_unit_id=made.unit,
                certified_unit_id=made.unit,
                province_id=made.province,
            )
        return self._producers[key]

    def _listing(self, made: Made, producer: UUID, key: str, spells: Sequence[Spell], add: Any) -> None:
        if (producer, key) not in self._accounts:
            self._accounts[producer, key] = add(
                MarketplaceAccount,
                producer_id=producer,
                marketplace_key=key,
                shop_id=str(producer),
                name="Gian hàng",
                mode=Mode.API,
                state=AccountState.CONNECTED,
                public_url="",
            )
        shared = {"product_id": made.id, "producer_id": producer, "marketplace_key": key}
        listing = add(
            Listing,
            account_id=self._accounts[producer, key],
            **shared,
            seller_sku=str(made.id),
            desired=Desired.LIVE,
            desired_revision=1,
            overrides={},
            sent_revision=1,
            content_hash="",
            adopted=False,
            state=ListingState.LIVE,
            raw_state="",
            reason="",
            remote_id="",
            public_url="",
            out_of_stock=False,
            step=Step.IDLE,
            attempts=0,
            settle_looks=0,
        )
        for state, grade, begins, ends in spells:
            add(
                ListingInterval,
                listing_id=listing,
                **shared,
                state=state,
                grade=grade,
                during=Range(begins, ends),
            )


def _named(name: str) -> dict[str, str]:
    return {"name": name, "name_folded": name.lower(), "sort_key": name.lower()}


@pytest.fixture
def world(session: AsyncSession) -> World:
    """An empty province to be filled."""
    return World(session)
