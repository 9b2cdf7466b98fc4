"""The other numbers of the province: each is the sum of its list, as of a day, as far as the reader sees."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY, Cast, actor_for, make_cast, make_lot, make_product
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.catalogue.merging import merge_products
from ocop_hub.db import apply_scope
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.producers.models import ProducerKind
from ocop_hub.publishing.live_sessions import LiveSessionInvalid, NewSession, enter_session
from ocop_hub.reporting.coverage import question_for
from ocop_hub.reporting.errors import IndicatorInvalid, IndicatorNotFound
from ocop_hub.reporting.indicators.definitions import (
    INDICATORS,
    Counted,
    find,
    measure,
    measure_all,
    page_behind,
    years,
)
from ocop_hub.reporting.indicators.files import indicators_csv, indicators_xlsx
from ocop_hub.reporting.indicators.values import NewValue, enter_value, latest_values, percent_of_target
from ocop_hub.traceability.models import ScanDay

FOREVER = clock.day_start(date(2040, 1, 1))
HELD = [(4, LONG_AGO, FOREVER)]
MINH = Actor(Role.OFFICER_COMMUNE, unit_id=BA_CHE)


@pytest.fixture
async def province(world: World) -> None:
    """Two producers in two communes: four products, one lapsed, two listed, one of these on two marketplaces."""
    live = [(ListingState.LIVE, Grade.API, clock.now() - timedelta(days=30), None)]
    await world.make(
        [
            Made(certificates=HELD, listings={"postmart": live, "voso": live}),
            Made(certificates=[(3, LONG_AGO, FOREVER)]),
            Made(
                certificates=HELD,
                unit=BAI_CHAY,
                kind=ProducerKind.HOUSEHOLD,
                group="do_uong",
                listings={"voso": live},
            ),
            Made(certificates=[(3, LONG_AGO, clock.day_start(date(2022, 1, 1)))], unit=BAI_CHAY),
        ]
    )


async def value(session: AsyncSession, code: str, actor: Actor = SYSTEM_ACTOR) -> tuple[int, dict[str, int]]:
    question = await question_for(session, province="22")
    found = await measure(session, actor, question, find(code))
    return found.value, {part.name: part.value for part in found.parts}


@pytest.mark.usefixtures("province")
class TestCounted:
    async def test_products_and_producers(self, session: AsyncSession) -> None:
        assert await value(session, "participating") == (4, {"Thực phẩm": 3, "Đồ uống": 1})
        assert await value(session, "certified") == (3, {"4 sao": 2, "3 sao": 1})
        assert await value(session, "certified_producers") == (2, {"Hộ kinh doanh": 1, "Hợp tác xã": 1})
        assert (await value(session, "listed_producers"))[0] == 2

    async def test_a_product_on_two_marketplaces_is_one_product(self, session: AsyncSession) -> None:
        products, parts = await value(session, "products_on_marketplaces")
        assert products == 2
        assert sorted(parts.values()) == [1, 2]
        assert (await value(session, "stalls"))[0] == 3

    async def test_every_number_is_the_sum_of_its_list(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22")
        for found in await measure_all(session, SYSTEM_ACTOR, question):
            rows, after = await page_behind(session, SYSTEM_ACTOR, question, found.indicator, limit=100)
            assert after is None
            if found.indicator.counted is Counted.THINGS:
                assert found.value == len({row.id for row in rows}), found.indicator.code
            else:
                assert found.value == sum(row.amount for row in rows), found.indicator.code

    async def test_a_list_comes_in_pages(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22")
        seen, cursor = [], ""
        while True:
            rows, after = await page_behind(
                session, SYSTEM_ACTOR, question, find("participating"), cursor=cursor, limit=3
            )
            seen += [row.name for row in rows]
            if after is None:
                break
            cursor = after
        assert seen == [f"Sản phẩm {n}" for n in range(4)]

    async def test_a_communes_officer_counts_her_commune(self, session: AsyncSession) -> None:
        await apply_scope(session, MINH.scope)
        assert await value(session, "certified", MINH) == (2, {"3 sao": 1, "4 sao": 1})

    async def test_years_end_with_the_day_asked_about(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22", as_of=date(2023, 6, 30))
        found = await years(session, SYSTEM_ACTOR, question)
        assert [(year.as_of, year.certified_ever, year.certified_valid) for year in found][-3:] == [
            (date(2021, 12, 31), 4, 4),
            (date(2022, 12, 31), 4, 3),
            (date(2023, 6, 30), 4, 3),
        ]
        assert all(year.certified_valid <= year.certified_ever <= year.participating for year in found)

    async def test_files_hold_every_number(self, session: AsyncSession) -> None:
        question = await question_for(session, province="22")
        measured = await measure_all(session, SYSTEM_ACTOR, question)
        made = indicators_xlsx(question, measured, [])
        rows = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
        assert {each.name for each in INDICATORS.values()} <= {row[0] for row in rows}
        assert "Sản phẩm OCOP còn hạn giấy chứng nhận,,3," in indicators_csv(measured, []).decode("utf-8-sig")

    async def test_there_are_no_other_numbers(self) -> None:
        with pytest.raises(IndicatorNotFound):
            find("happiness")


@pytest.fixture
async def cast(session: AsyncSession) -> Cast:
    return await make_cast(session)


async def test_what_stays_with_a_merged_product_counts_for_what_it_became(
    session: AsyncSession, cast: Cast
) -> None:
    old, new = [await make_product(session, cast.hers, name) for name in ("Mật ong", "Mật Ong")]
    lot = await make_lot(session, old)
    session.add(
        ScanDay(day=clock.today(), product_id=old.id, producer_id=old.producer_id, lot_id=lot.id, scans=7)
    )
    await session.flush()
    before = [await value(session, code) for code in ("trace_products", "scans")]
    await merge_products(session, SYSTEM_ACTOR, old.id, new.id)
    await session.flush()
    assert [await value(session, code) for code in ("trace_products", "scans")] == before
    assert [number for number, _ in before] == [1, 7]


class TestOfPeople:
    async def test_trace_labels_mandates_and_payment(self, session: AsyncSession, cast: Cast) -> None:
        product = await make_product(session, cast.hers)
        await make_lot(session, product)
        cast.hers.bank_bin, cast.hers.bank_account = "970405", "8000205123456"
        await session.flush()
        assert (await value(session, "trace_products"))[0] == 1
        assert (await value(session, "trace_producers"))[0] == 1
        assert (await value(session, "payment_qr"))[0] == 1
        assert await value(session, "assisted") == (1, {cast.lan.display_name: 1})
        assert (await value(session, "helpers"))[0] == 1

    async def test_live_sessions_as_entered(self, session: AsyncSession, cast: Cast) -> None:
        hoa = actor_for(cast.hoa, Role.PRODUCER, cast.hers)
        product = await make_product(session, cast.hers)
        told = NewSession(clock.today(), "Facebook", product_ids=(product.id,), viewers=120, orders=9)
        await enter_session(session, hoa, cast.hers.id, told)
        await enter_session(session, hoa, cast.hers.id, NewSession(clock.today(), "TikTok"))
        assert await value(session, "live_sessions") == (2, {"Facebook": 1, "TikTok": 1})
        assert (await value(session, "live_viewers"))[0] == 120
        assert (await value(session, "live_orders"))[0] == 9

    async def test_a_session_to_come_or_of_anothers_product_is_refused(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        hoa = actor_for(cast.hoa, Role.PRODUCER, cast.hers)
        theirs = await make_product(session, cast.his)
        tomorrow = clock.today() + timedelta(days=1)
        for wrong in (
            NewSession(tomorrow, "Facebook"),
            NewSession(clock.today(), " "),
            NewSession(clock.today(), "Facebook", product_ids=(theirs.id,)),
            NewSession(clock.today(), "Facebook", url="http://vi.du"),
            NewSession(clock.today(), "Facebook", viewers=-1),
        ):
            with pytest.raises(LiveSessionInvalid):
                await enter_session(session, hoa, cast.hers.id, wrong)
        with pytest.raises(NotFound):
            await enter_session(session, hoa, cast.his.id, NewSession(clock.today(), "Facebook"))


class TestTyped:
    async def test_value_and_percent_of_target_side_by_side(self, session: AsyncSession) -> None:
        """Of a published report: 96.7 is 125.6 % of the plan, whose number the paper does not give."""
        day = date(2026, 6, 30)
        new = NewValue(
            "", day, Decimal("96.7"), name="Hộ dùng internet", unit="%", target_percent=Decimal("125.6")
        )
        made = await enter_value(session, SYSTEM_ACTOR, "22", new)
        assert (made.code, percent_of_target(made)) == ("ho_dung_internet", Decimal("125.6"))
        counted = NewValue("orders", day, Decimal(300), target=Decimal(240))
        assert percent_of_target(await enter_value(session, SYSTEM_ACTOR, "22", counted)) == Decimal("125.0")

    async def test_the_last_value_up_to_the_day_is_shown(self, session: AsyncSession) -> None:
        for day, orders in ((date(2026, 3, 31), 100), (date(2026, 6, 30), 300), (date(2026, 6, 30), 310)):
            await enter_value(session, SYSTEM_ACTOR, "22", NewValue("orders", day, Decimal(orders)))
        for asked, wanted in ((date(2026, 5, 1), [100]), (date(2026, 7, 1), [310]), (date(2026, 1, 1), [])):
            assert [row.value for row in await session.scalars(latest_values("22", asked))] == wanted

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            (NewValue("", date(2026, 6, 30), Decimal(1)), "name"),
            (NewValue("khac", date(2026, 6, 30), Decimal(1)), "name"),
            (NewValue("orders", date(2099, 1, 1), Decimal(1)), "as_of"),
            (NewValue("orders", date(2026, 6, 30), Decimal(-1)), "value"),
            (NewValue("orders", date(2026, 6, 30), Decimal("NaN")), "value"),
            (NewValue("orders", date(2026, 6, 30), Decimal(1), target=Decimal(0)), "target"),
            (NewValue("orders", date(2026, 6, 30), Decimal(1), marketplace_key="x"), "marketplace_key"),
        ],
    )
    async def test_what_is_wrong_is_said_at_its_field(
        self, session: AsyncSession, wrong: NewValue, field: str
    ) -> None:
        with pytest.raises(IndicatorInvalid) as refused:
            await enter_value(session, SYSTEM_ACTOR, "22", wrong)
        assert [each.field for each in refused.value.fields] == [field]

    async def test_only_an_office_types(self, session: AsyncSession) -> None:
        with pytest.raises(Forbidden):
            await enter_value(session, MINH, "22", NewValue("orders", date(2026, 6, 30), Decimal(1)))
