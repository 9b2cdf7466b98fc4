"""The invented products of the demo: plainly marked, the same every time, and of every fate."""

from __future__ import annotations

import re
from collections import Counter

from ocop_hub.cli.demo_plan import (
    KINDS,
    LATE,
    PROVINCE,
    WAVES,
    WITHOUT,
    PlannedListing,
    plan,
    stalls,
)
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.places.finder import finder

PLANNED = plan()
LISTINGS: list[PlannedListing] = [listing for product in PLANNED for listing in product.listings]


def test_every_name_says_that_it_is_made_up() -> None:
    named = re.compile(r"minh hoạ \d{3}")
    assert all(named.search(product.name) for product in PLANNED)
    assert all(named.search(product.maker.name) for product in PLANNED)


def test_names_are_one_product_s_and_one_maker_s() -> None:
    assert max(Counter(product.name for product in PLANNED).values()) == 1
    makers = {product.maker for product in PLANNED}
    assert len({maker.name for maker in makers}) == len(makers)


def test_the_same_plan_every_time() -> None:
    assert plan() == PLANNED


def test_every_commune_but_the_empty_ones_has_products() -> None:
    communes = finder().communes_of(PROVINCE)
    with_products = {product.maker.unit_id for product in PLANNED}
    assert {unit.full_name for unit in communes if unit.id not in with_products} == WITHOUT


def test_every_district_has_its_own_kinds() -> None:
    units = {unit.id: finder().main_former_district_of(unit.id) for unit in finder().communes_of(PROVINCE)}
    assert {district.full_name for district in units.values() if district is not None} == set(KINDS)


def test_looks_follow_each_other_after_the_decision_and_lie_in_the_past() -> None:
    for product in PLANNED:
        for listing in product.listings:
            days = [look.days_ago for look in listing.looks]
            assert days == sorted(set(days), reverse=True)
            assert 0 < days[-1] <= days[0] <= WAVES[product.wave]


def test_listings_end_in_every_way_there_is_to_tell_of() -> None:
    assert {listing.looks[-1].state for listing in LISTINGS} == {
        ListingState.LIVE,
        ListingState.DELETED,
        ListingState.UNLISTED,
        ListingState.SUSPENDED,
        ListingState.UNKNOWN,
        ListingState.NEEDS_PERSON,
        ListingState.REJECTED,
        ListingState.IN_REVIEW,
    }
    assert any(not product.listings for product in PLANNED)


def test_the_late_decision_has_products() -> None:
    assert any(product.wave == LATE for product in PLANNED)


def test_every_listing_has_its_stall() -> None:
    opened = set(stalls(PLANNED))
    assert all((p.maker, listing.market) in opened for p in PLANNED for listing in p.listings)
