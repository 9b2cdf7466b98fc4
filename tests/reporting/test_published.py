"""Published breakdowns come out again from product-level data; wrong published percentages are shown wrong."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.reporting.conftest import Made, World

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import ProducerKind
from ocop_hub.reporting.coverage import question_for, report
from ocop_hub.reporting.figures import By, Geo, percent
from ocop_hub.reporting.models import Denominator
from ocop_hub.reporting.rules import Overrides

PUBLISHED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "published_figures.json").read_text(encoding="utf-8")
)["fixtures"]
MARKETPLACES = {"Voso": "voso", "Postmart": "postmart", "province floor": "postmart"}


def published(fixture_id: str) -> dict[str, Any]:
    return next(each for each in PUBLISHED if each["id"] == fixture_id)


def valid_on(day: date) -> tuple[datetime, datetime]:
    """The validity of a certificate given half a year before."""
    start = date(day.year - 1, day.month, 1)
    return clock.day_start(start), clock.day_start(date(start.year + 3, start.month, 1))


def lao_cai_district(name: str) -> tuple[str, str, str]:
    """A district's id, one of its communes, and the commune that holds that one today."""
    places = finder()
    district = next(
        u
        for u in places._units.values()
        if u.full_name == name and u.level == "district" and u.parent_id == "p-10-00000000"
    )
    commune = next(u for u in places._units.values() if u.parent_id == district.id)
    return district.id, commune.id, places.current_of(commune.id)[0]


class TestBreakdowns:
    async def test_lao_cai_by_stars_and_former_district(self, session: AsyncSession, world: World) -> None:
        by_stars = published("lao-cai-2025-05-stars")
        by_district = published("lao-cai-2025-05-districts")
        day = date.fromisoformat(by_stars["as_of"])
        stars = [int(n) for n, count in by_stars["parts"].items() for _ in range(count)]
        places = [lao_cai_district(name) for name, n in by_district["parts"].items() for _ in range(n)]
        assert len(stars) == len(places) == 267
        await world.make(
            [
                Made(
                    unit=now,
                    certified_unit=old,
                    province="p-15-20250701",
                    certificates=[(star, *valid_on(day))],
                )
                for star, (_district, old, now) in zip(stars, places, strict=True)
            ]
        )
        question = await question_for(session, province="15", as_of=day)
        found = await report(session, SYSTEM_ACTOR, question, By.STARS)
        assert found.figure.counts.denominator == by_stars["printed_total"]
        assert {row.key: row.counts.denominator for row in found.rows} == by_stars["parts"]
        districts = (await report(session, SYSTEM_ACTOR, question, By.DISTRICT)).rows
        assert {row.label: row.counts.denominator for row in districts} == {
            f"{name} (trước 01/7/2025)": count for name, count in by_district["parts"].items()
        }

    async def test_quang_ninh_by_stars(self, session: AsyncSession, world: World) -> None:
        fixture = published("quang-ninh-2025-11-stars")
        day = date.fromisoformat(fixture["as_of"])
        await world.make(
            [
                Made(certificates=[(int(star), *valid_on(day))])
                for star, count in fixture["parts"].items()
                for _ in range(count)
            ]
        )
        question = await question_for(session, province="22", as_of=day)
        found = await report(session, SYSTEM_ACTOR, question, By.STARS)
        assert {row.key: row.counts.denominator for row in found.rows} == {"3": 326, "4": 103, "5": 8}
        assert found.figure.counts.denominator == 437

    async def test_lao_cai_by_group_and_kind(self, session: AsyncSession, world: World) -> None:
        groups = published("lao-cai-2022-batch1-groups")["parts"]
        kinds = published("lao-cai-2025-05-entities")["parts"]
        day = date(2025, 5, 20)
        made = [
            Made(province="p-15-20250701", group=group, certificates=[(3, *valid_on(day))])
            for group, count in groups.items()
            for _ in range(count)
        ]
        made += [
            Made(
                province="p-15-20250701",
                kind=ProducerKind(kind),
                producer=n + 1,
                certificates=[(3, *valid_on(day))],
            )
            for kind, count in kinds.items()
            for n in range(count)
        ]
        await world.make(made)
        question = await question_for(session, province="15", as_of=day)
        by_kind = (await report(session, SYSTEM_ACTOR, question, By.KIND)).rows
        batch = 31  # of the cooperative that the first list is given to
        assert {row.key: row.counts.denominator for row in by_kind} == {
            **kinds,
            "hop_tac_xa": kinds["hop_tac_xa"] + batch,
        }
        by_group = (await report(session, SYSTEM_ACTOR, question, By.GROUP)).rows
        assert {row.key: row.counts.denominator for row in by_group} == {
            "thuc_pham": groups["thuc_pham"] + 128,
            "do_uong": groups["do_uong"],
        }
        producers = (await report(session, SYSTEM_ACTOR, question, By.PRODUCER)).rows
        assert len(producers) == 128 + 1


class TestRatios:
    @pytest.mark.parametrize(
        "fixture",
        [each for each in PUBLISHED if each["kind"] == "ratio" and each["id"].startswith("quang-ninh")],
        ids=lambda each: each["id"],
    )
    async def test_is_what_the_products_say(
        self, session: AsyncSession, world: World, fixture: dict[str, Any]
    ) -> None:
        day = date(2024, 12, 13)
        key = MARKETPLACES[fixture["marketplace"]]
        participating = fixture["denominator_rule"] == "participating"
        seen = (ListingState.LIVE, Grade.LINK, clock.day_start(date(2024, 1, 1)), None)
        held = [] if participating else [(3, *valid_on(day))]
        await world.make(
            [
                Made(certificates=held, listings={key: [seen]} if n < fixture["numerator"] else {})
                for n in range(fixture["denominator"])
            ]
        )
        overrides = Overrides(marketplaces=(key,))
        if participating:
            # Taking part is known from the day of entry, which is today in a test.
            overrides = Overrides(marketplaces=(key,), denominator=Denominator.PARTICIPATING)
            day = clock.today()
        question = await question_for(session, province="22", as_of=day, overrides=overrides)
        counts = (await report(session, SYSTEM_ACTOR, question, By.TOTAL)).figure.counts
        assert (counts.numerator, counts.denominator) == (fixture["numerator"], fixture["denominator"])
        assert counts.percent == Decimal(str(fixture["true_percent"]))
        if fixture["printed_percent"] is not None:
            right = counts.percent == Decimal(str(fixture["printed_percent"]))
            assert right is fixture["printed_is_right"]

    @pytest.mark.parametrize(
        "fixture", [each for each in PUBLISHED if each.get("alternative")], ids=lambda each: each["id"]
    )
    def test_printed_value_fits_another_denominator(self, fixture: dict[str, Any]) -> None:
        other = fixture["alternative"]
        assert percent(fixture["numerator"], other["denominator"]) == Decimal(str(other["percent"]))
        assert percent(fixture["numerator"], fixture["denominator"]) != Decimal(str(other["percent"]))


async def test_geography_of_then_and_now(session: AsyncSession, world: World) -> None:
    _district, old, now = lao_cai_district("Huyện Bắc Hà")
    day = date(2025, 5, 20)
    await world.make(
        [Made(unit=now, certified_unit=old, province="p-15-20250701", certificates=[(3, *valid_on(day))])]
    )
    for geo, unit in ((Geo.CURRENT, now), (Geo.AS_CERTIFIED, old)):
        question = await question_for(session, province="15", as_of=day, geo=geo)
        rows = (await report(session, SYSTEM_ACTOR, question, By.UNIT)).rows
        assert [row.key for row in rows if row.counts.denominator] == [unit]
