"""Sheets of lots: what is read, what is refused by row and column, and that nothing is written twice."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests import builders

from ocop_hub.accounts.models import User
from ocop_hub.catalogue.models import Product, ProductVariant
from ocop_hub.db import SYSTEM, Database, apply_scope
from ocop_hub.intake import lot_runs
from ocop_hub.intake.errors import ColumnMissing, HeaderNotFound
from ocop_hub.intake.lot_sheet import LotField, read_lots
from ocop_hub.intake.models import ImportRun, ImportState
from ocop_hub.intake.runs import AlreadyDecided, SentFile
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.traceability.models import EventKind, Lot, LotInput, LotState, TraceCode, TraceEvent

SAMPLE = Path(__file__).parents[2] / "samples" / "lots_sample.csv"
#: The GTIN of a pack, with its check digit.
PACK = "08936000000028"
HEADER = "Số lô;Tên sản phẩm;Ngày thu hoạch;Ngày đóng gói;Hạn sử dụng;Số lượng;Đơn vị tính;Công đoạn;Ngày công đoạn\n"


def sheet(*rows: str) -> bytes:
    return (HEADER + "\n".join(rows) + "\n").encode()


@pytest.fixture
async def hoa(session: AsyncSession) -> Actor:
    cast = await builders.make_cast(session)
    await builders.make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ", group="do_uong")
    await builders.make_product(session, cast.his, "Mực một nắng")
    return builders.actor_for(cast.hoa, Role.PRODUCER, cast.hers)


async def sent(session: AsyncSession, actor: Actor, content: bytes, *, keep: bool = True) -> ImportRun:
    return await lot_runs.take(session, actor, Media.in_memory(), SentFile("lo.csv", content), keep=keep)


async def count(session: AsyncSession) -> tuple[int, int]:
    lots = await session.scalar(select(func.count()).select_from(Lot))
    events = await session.scalar(select(func.count()).select_from(TraceEvent))
    return lots or 0, events or 0


async def test_the_sample_goes_in_once(session: AsyncSession, hoa: Actor) -> None:
    content = SAMPLE.read_bytes()
    first = await sent(session, hoa, content)
    assert first.counts == {"created": 2, "updated": 1, "unchanged": 0, "wrong": 0}
    assert await count(session) == (2, 7)
    again = await sent(session, hoa, content)
    assert again.counts == {"created": 0, "updated": 0, "unchanged": 3, "wrong": 0}
    assert await count(session) == (2, 7)
    lot = (await session.scalars(select(Lot).where(Lot.code == "TRA-260901"))).one()
    assert (lot.state, lot.quantity, lot.quantity_unit) == (LotState.RELEASED, 120, "hộp")
    kinds = set(await session.scalars(select(TraceEvent.kind).where(TraceEvent.lot_id == lot.id)))
    assert EventKind.INSPECTION in kinds


async def test_a_preview_stores_nothing_until_it_is_decided(session: AsyncSession, hoa: Actor) -> None:
    media = Media.in_memory()
    run = await lot_runs.take(session, hoa, media, SentFile("lo.csv", SAMPLE.read_bytes()))
    assert run.counts["created"] == 2
    assert await count(session) == (0, 0)
    await lot_runs.decide(session, hoa, media, run.id, keep=True)
    assert run.state is ImportState.STORED
    assert await count(session) == (2, 7)
    with pytest.raises(AlreadyDecided):
        await lot_runs.decide(session, hoa, media, run.id, keep=True)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (";Trà hoa vàng Ba Chẽ;01/9/2026;;;;;;", "Số lô", "Thiếu số lô"),
        ("LÔ 1;Trà hoa vàng Ba Chẽ;01/9/2026;;;;;;", "Số lô", "không in được lên mã"),
        ("L1;;01/9/2026;;;;;;", "Tên sản phẩm", "Thiếu tên sản phẩm"),
        ("L1;Trà hoa vàng Ba Chẽ;31/02/2026;;;;;;", "Ngày thu hoạch", "Không có ngày"),
        ("L1;Trà hoa vàng Ba Chẽ;;;;nhiều;kg;;", "Số lượng", "Không hiểu số lượng"),
        ("L1;Trà hoa vàng Ba Chẽ;;;;;;bay;01/9/2026", "Công đoạn", "Không có công đoạn"),
        ("L1;Trà hoa vàng Ba Chẽ;;;;;;kiểm tra;", "Ngày công đoạn", "Thiếu ngày"),
        ("L1;Mực một nắng;01/9/2026;;;;;;", "Số lô", "Không có sản phẩm"),
        ("L1;Trà hoa vàng Ba Chẽ;09/9/2026;05/9/2026;;;;;", "Số lô", "đứng trước thu hoạch"),
        ("L1;Trà hoa vàng Ba Chẽ;01/9/2099;;;;;;", "Số lô", "chưa tới"),
    ],
)
async def test_a_wrong_row_is_named_and_the_good_one_beside_it_kept(
    session: AsyncSession, hoa: Actor, row: str, column: str, said: str
) -> None:
    good = "TOT-1;Trà hoa vàng Ba Chẽ;01/9/2026;02/9/2026;;;;;"
    run = await sent(session, hoa, sheet(row, good))
    assert run.counts == {"created": 1, "updated": 0, "unchanged": 0, "wrong": 1}
    (problem,) = run.report["errors"]
    assert (problem["row"], problem["field"]) == (2, column)
    assert said in problem["problem"]
    assert [lot.code for lot in await session.scalars(select(Lot))] == ["TOT-1"]


async def test_another_day_for_a_step_that_happens_once_is_refused(session: AsyncSession, hoa: Actor) -> None:
    await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;01/9/2026;;;;;;"))
    run = await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;02/9/2026;;;;;;"))
    assert "đã ghi thu hoạch ngày 1/9/2026" in run.report["errors"][0]["problem"]


class TestAmounts:
    async def test_a_fraction_is_kept_in_the_unit_it_is_whole_in(
        self, session: AsyncSession, hoa: Actor
    ) -> None:
        await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;;01/9/2026;;12,5;tạ;;"))
        lot = (await session.scalars(select(Lot))).one()
        assert (lot.quantity, lot.quantity_unit) == (1_250, "kg")

    async def test_a_fraction_of_what_is_counted_is_refused_and_named(
        self, session: AsyncSession, hoa: Actor
    ) -> None:
        run = await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;;01/9/2026;;12,5;hộp;;"))
        (problem,) = run.report["errors"]
        assert (problem["field"], run.counts["created"]) == ("Số lượng", 0)
        assert "12,5 hộp" in problem["problem"]

    async def test_a_row_that_tells_of_a_step_alone_gives_the_steps_amount(
        self, session: AsyncSession, hoa: Actor
    ) -> None:
        lot_row = "L1;Trà hoa vàng Ba Chẽ;;01/9/2026;;100;kg;;"
        shipped = [f"L1;Trà hoa vàng Ba Chẽ;;;;{amount};kg;xuất hàng;02/9/2026" for amount in ("20,5", "30")]
        run = await sent(session, hoa, sheet(lot_row, *shipped))
        assert run.counts == {"created": 1, "updated": 2, "unchanged": 0, "wrong": 0}
        again = await sent(session, hoa, sheet(lot_row, *shipped))
        assert again.counts == {"created": 0, "updated": 0, "unchanged": 3, "wrong": 0}
        more = await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;;;;60;kg;xuất hàng;03/9/2026"))
        assert "10,5 kg" in more.report["errors"][0]["problem"]

    async def test_what_a_lot_lacks_is_filled_in_and_what_it_says_is_kept(
        self, session: AsyncSession, hoa: Actor
    ) -> None:
        await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;;01/9/2026;;;;;"))
        run = await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;;;05/9/2028;90;hộp;;"))
        assert run.counts["updated"] == 1
        other = await sent(session, hoa, sheet("L1;Trà hoa vàng Ba Chẽ;;;;91;hộp;;"))
        assert "đã ghi số lượng 90 hộp" in other.report["errors"][0]["problem"]
        lot = (await session.scalars(select(Lot))).one()
        assert (lot.quantity, str(lot.best_before)) == (90, "2028-09-05")


class TestSources:
    HEAD = "Số lô;Tên sản phẩm;Ngày đóng gói;Làm từ lô\n"

    async def test_go_into_the_step_with_their_amounts(self, session: AsyncSession, hoa: Actor) -> None:
        await sent(session, hoa, sheet(*(f"{name};Trà hoa vàng Ba Chẽ;01/9/2026;;;50;kg;;" for name in "AB")))
        mixed = self.HEAD + 'C;Trà hoa vàng Ba Chẽ;05/9/2026;"A: 20,5 kg; B"\n'
        run = await sent(session, hoa, mixed.encode())
        assert run.counts["created"] == 1, run.report["errors"]
        taken = {
            name: (quantity, unit)
            for name, quantity, unit in await session.execute(
                select(Lot.code, LotInput.quantity, LotInput.unit).join(Lot, Lot.id == LotInput.input_lot_id)
            )
        }
        assert taken == {"A": (Decimal("20.500"), "kg"), "B": (None, "kg")}
        assert (await sent(session, hoa, mixed.encode())).counts["unchanged"] == 1

    async def test_of_another_producer_are_named_by_their_label(
        self, session: AsyncSession, hoa: Actor
    ) -> None:
        squid = (await session.scalars(select(Product).where(Product.name == "Mực một nắng"))).one()
        his = Actor(Role.PRODUCER, producers=frozenset({squid.producer_id}))
        await sent(
            session,
            his,
            sheet("MUC-1;Mực một nắng;;01/9/2026;;50;kg;;", "MUC-2;Mực một nắng;01/9/2026;;;;;;"),
        )
        asked = select(Lot.code.label("lot"), TraceCode.code).join(TraceCode, TraceCode.lot_id == Lot.id)
        codes: dict[str, str] = {row.lot: row.code for row in await session.execute(asked)}
        label = f"http://127.0.0.1:8100/t/{codes['MUC-1']}"
        typed = f"{codes['MUC-1'][:5]}-{codes['MUC-1'][5:]}".lower()

        def made(code: str, source: str) -> bytes:
            return f'{self.HEAD}{code};Trà hoa vàng Ba Chẽ;05/9/2026;"{source}"\n'.encode()

        session.expunge_all()
        await apply_scope(session, hoa.scope)
        for code, source in (("C", f"{label}: 20,5 kg"), ("D", typed)):
            run = await sent(session, hoa, made(code, source))
            assert run.counts["created"] == 1, run.report["errors"]
        for source, said in (
            (f"{label}: 40 kg", "không còn đủ 40 kg"),
            # Of another's lot neither the code alone nor one that was not made public is enough.
            ("MUC-1", "ghi đường dẫn trên tem"),
            (f"http://127.0.0.1:8100/t/{codes['MUC-2']}", "Không có lô đã công bố"),
            ("https://ocop.example.vn/01/123", "Không đọc được"),
        ):
            run = await sent(session, hoa, made("E", source))
            assert said in run.report["errors"][0]["problem"]
        await apply_scope(session, SYSTEM)
        taken = await session.execute(
            select(Lot.code, LotInput.input_producer_id, LotInput.quantity).join(
                Lot, Lot.id == LotInput.lot_id
            )
        )
        assert {tuple(row) for row in taken} == {
            ("C", squid.producer_id, Decimal("20.500")),
            ("D", squid.producer_id, None),
        }

    @pytest.mark.parametrize(
        ("source", "said"), [("KHONG-CO", "Không có lô nguyên liệu KHONG-CO"), ("A: 60 kg", "10 kg")]
    )
    async def test_unknown_or_used_up_ones_are_refused(
        self, session: AsyncSession, hoa: Actor, source: str, said: str
    ) -> None:
        await sent(session, hoa, sheet("A;Trà hoa vàng Ba Chẽ;01/9/2026;;;50;kg;;"))
        run = await sent(session, hoa, (self.HEAD + f"C;Trà hoa vàng Ba Chẽ;05/9/2026;{source}\n").encode())
        assert said in run.report["errors"][0]["problem"]
        assert [lot.code for lot in await session.scalars(select(Lot))] == ["A"]


async def test_the_gtin_of_a_pack_names_the_product(session: AsyncSession, hoa: Actor) -> None:
    tea = (await session.scalars(select(Product).where(Product.name == "Trà hoa vàng Ba Chẽ"))).one()
    session.add(ProductVariant(product_id=tea.id, producer_id=tea.producer_id, label="Hộp", gtin=PACK))
    await session.flush()
    run = await sent(session, hoa, f"Số lô;Mã GTIN;Ngày đóng gói\nL1;{PACK};01/9/2026\n".encode())
    assert run.counts["created"] == 1, run.report["errors"]


class TestColumns:
    ODD = "Mã hàng;Mặt hàng;Ngày đóng gói;Màu\nL1;Trà hoa vàng Ba Chẽ;01/9/2026;đỏ\n".encode()
    SAID: ClassVar[dict[str, LotField | None]] = {"Mã hàng": LotField.LOT, "Mặt hàng": LotField.PRODUCT}

    async def test_are_read_as_the_person_says(self, session: AsyncSession, hoa: Actor) -> None:
        media = Media.in_memory()
        with pytest.raises(HeaderNotFound):
            await lot_runs.take(session, hoa, media, SentFile("lo.csv", self.ODD))
        run = await lot_runs.take(session, hoa, media, SentFile("lo.csv", self.ODD), given=self.SAID)
        assert (run.counts["created"], run.report["errors"]) == (1, [])

    async def test_are_remembered_for_the_senders_next_sheet_of_lots(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        async with database.session(SYSTEM) as made:
            cast = await builders.make_cast(made)
            await builders.make_product(made, cast.hers, "Trà hoa vàng Ba Chẽ", group="do_uong")

        async def fields(login: User) -> dict[str, str] | int:
            client.cookies.clear()
            client.headers["X-CSRF-Token"] = await builders.sign_in(client, login)
            answer = await client.post("/api/v1/lot-imports", files=file, data={"dry_run": "true"})
            if answer.status_code != 201:
                return answer.status_code
            return {each["header"]: each["field"] for each in answer.json()["report"]["columns"]}

        file = {"file": ("lo.csv", self.ODD)}
        assert await fields(cast.hoa) == 422
        said = {"dry_run": "true", "columns": json.dumps({"Mã hàng": "lot", "mặt hàng": "product"})}
        await client.post("/api/v1/lot-imports", files=file, data=said)
        known = await fields(cast.hoa)
        assert known == {
            "Mã hàng": "Số lô",
            "Mặt hàng": "Tên sản phẩm",
            "Ngày đóng gói": "Ngày đóng gói",
            "Màu": "",
        }
        assert await fields(cast.binh) == 422
        # A sheet of products is another kind of file: there the same words were not said to mean anything.
        client.headers["X-CSRF-Token"] = await builders.sign_in(client, cast.hoa)
        goods = await client.post("/api/v1/imports", files=file, data={"dry_run": "true"})
        assert goods.json()["type"] == "urn:ocop-hub:error:header-not-found"

    async def test_are_asked_for_on_the_page(self, client: httpx.AsyncClient, database: Database) -> None:
        async with database.session(SYSTEM) as made:
            cast = await builders.make_cast(made)
            await builders.make_product(made, cast.hers, "Trà hoa vàng Ba Chẽ", group="do_uong")
        token = await builders.sign_in(client, cast.hoa)
        content = "Mẻ số;Sản phẩm;Ngày đóng gói\nL1;Trà hoa vàng Ba Chẽ;01/9/2026\n".encode()
        sent = await client.post(
            "/ban-lam-viec/nhap-lo", files={"file": ("lo.csv", content)}, data={"csrf_token": token}
        )
        page = await client.get(sent.headers["location"])
        assert "thiếu cột “Số lô”" in page.text
        assert "Lưu các dòng đúng" not in page.text
        answers = {"choice": "columns", "cot-0": "lot", "cot-1": "product", "cot-2": "packed_on"}
        again = await client.post(sent.headers["location"], data={**answers, "csrf_token": token})
        assert again.status_code == 303, again.text
        assert "Lưu các dòng đúng (1)" in (await client.get(sent.headers["location"])).text

    async def test_are_chosen_again_before_it_is_stored(self, session: AsyncSession, hoa: Actor) -> None:
        media = Media.in_memory()
        content = "Số lô;Sản phẩm;Đóng gói;Xong ngày\nL1;Trà hoa vàng Ba Chẽ;;01/9/2026\n".encode()
        run = await lot_runs.take(session, hoa, media, SentFile("lo.csv", content))
        said: dict[str, LotField | None] = {"Đóng gói": None, "Xong ngày": LotField.PACKED_ON}
        await lot_runs.match_columns(session, hoa, media, run.id, said)
        assert (run.state, await count(session)) == (ImportState.CHECKED, (0, 0))
        await lot_runs.decide(session, hoa, media, run.id, keep=True)
        assert await count(session) == (1, 1)
        with pytest.raises(AlreadyDecided):
            await lot_runs.match_columns(session, hoa, media, run.id, said)


async def test_over_the_api(client: httpx.AsyncClient, database: Database) -> None:
    async with database.session(SYSTEM) as made:
        cast = await builders.make_cast(made)
        await builders.make_product(made, cast.hers, "Trà hoa vàng Ba Chẽ", group="do_uong")
    client.headers["X-CSRF-Token"] = await builders.sign_in(client, cast.hoa)
    said = {"dry_run": "true", "columns": json.dumps({"Mã hàng": "lot", "Mặt hàng": "product"})}
    sent = await client.post("/api/v1/lot-imports", files={"file": ("lo.csv", TestColumns.ODD)}, data=said)
    assert (sent.status_code, sent.json()["state"], sent.json()["counts"]["created"]) == (201, "checked", 1)
    path = f"/api/v1/lot-imports/{sent.json()['id']}"
    again = await client.post(f"{path}/columns", json={"columns": {"Ngày đóng gói": None}})
    assert [each["field"] for each in again.json()["report"]["columns"]] == ["Số lô", "Tên sản phẩm", "", ""]
    await client.post(f"{path}/columns", json={"columns": {"Ngày đóng gói": "packed_on"}})
    assert (await client.post(f"{path}/store")).json()["state"] == "stored"
    assert (await client.get(path)).json()["counts"]["created"] == 1
    marked = await client.get(f"{path}/marked.xlsx")
    assert marked.content.startswith(b"PK")
    page = await client.get(f"/ban-lam-viec/nhap-lo/{sent.json()['id']}")
    assert "Đã nhập xong" in page.text


class TestHeader:
    def test_none(self) -> None:
        with pytest.raises(HeaderNotFound):
            read_lots(b"a;b\n1;2\n")

    def test_without_a_product(self) -> None:
        with pytest.raises(ColumnMissing):
            read_lots("Số lô;Ngày đóng gói\nL1;01/9/2026\n".encode())
