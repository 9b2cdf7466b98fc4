"""Files on their way in: preview, decision, refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import OFFICER, acting_for, make_producer

from ocop_hub.catalogue.models import Product
from ocop_hub.db import apply_scope
from ocop_hub.errors import Forbidden, NotFound, NotSignedIn
from ocop_hub.intake.errors import ColumnMissing, HeaderNotFound
from ocop_hub.intake.models import ImportRun, ImportState
from ocop_hub.intake.runs import AlreadyDecided, Policy, Said, SentFile, decide, get_run, look_again, take
from ocop_hub.media import Media
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor, Role

NAME = "upload_sample_lao_cai.xlsx"


@pytest.fixture
def media() -> Media:
    return Media.in_memory()


async def sent(session: AsyncSession, media: Media, samples: Path, actor: Actor = OFFICER) -> ImportRun:
    content = (samples / NAME).read_bytes()
    run = await take(session, actor, media, SentFile(NAME, content), home_province="22")
    await session.flush()
    return run


async def products(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Product)) or 0


class TestPreview:
    async def test_counts_but_stores_nothing(
        self, session: AsyncSession, media: Media, samples: Path
    ) -> None:
        run = await sent(session, media, samples)
        assert (run.state, run.counts["created"], run.counts["wrong"]) == (ImportState.CHECKED, 39, 2)
        assert await products(session) == 0
        assert await session.scalar(text("SELECT count(*) FROM pgqueuer")) == 0
        assert await media.read(run.media_key) == (samples / NAME).read_bytes()
        assert {"header": "Hạng sao", "field": "stars", "column": "E"} in run.report["columns"]
        assert [(e["row"], e["field"]) for e in run.report["errors"]] == [
            (46, "Tên sản phẩm"),
            (47, "Hạng sao"),
        ]

    async def test_no_header(self, session: AsyncSession, media: Media) -> None:
        with pytest.raises(HeaderNotFound):
            await take(session, OFFICER, media, SentFile("a.csv", b"a;b\n1;2\n"), home_province="22")

    async def test_strangers_and_communes_may_not(
        self, session: AsyncSession, media: Media, samples: Path
    ) -> None:
        with pytest.raises(NotSignedIn):
            await sent(session, media, samples, PUBLIC_ACTOR)
        with pytest.raises(Forbidden):
            await sent(session, media, samples, Actor(Role.OFFICER_COMMUNE, unit_id="c-07192-20250701"))


class TestOwnList:
    PRICES = "Tên sản phẩm;Nhóm sản phẩm;Giá bán\nMật ong Ba Chẽ;Thực phẩm;180.000đ\nChè dây;Đồ uống;90k\n"

    async def test_names_neither_its_producer_nor_stars(self, session: AsyncSession, media: Media) -> None:
        mine = await make_producer(session, "HTX A")
        actor = acting_for(mine)
        await apply_scope(session, actor.scope)
        counts = []
        for _ in range(2):
            run = await take(
                session,
                actor,
                media,
                SentFile("gia.csv", self.PRICES.encode()),
                home_province="22",
                policy=Policy.REFUSE_ALL,
            )
            counts.append((run.counts["created"], run.counts["unchanged"]))
        assert counts == [(2, 0), (0, 2)]
        stored = (await session.scalars(select(Product).order_by(Product.price_vnd))).all()
        assert [(each.producer_id, each.declared_stars) for each in stored] == [(mine.id, None)] * 2

    async def test_an_office_has_to_say_whose(self, session: AsyncSession, media: Media) -> None:
        with pytest.raises(ColumnMissing, match="Chủ thể"):
            await take(session, OFFICER, media, SentFile("gia.csv", self.PRICES.encode()), home_province="22")


class TestAnAppendixWithoutGroups:
    """Most appendices name product, producer, place and stars; the group stands in their heading, or nowhere."""

    APPENDIX = "Tên sản phẩm;Chủ thể;Hạng sao;Xã\nTrà dây Ba Chẽ;HTX Ba Chẽ;3;Ba Chẽ\nMật ong Ba Chẽ;HTX Ba Chẽ;4;Ba Chẽ\n"

    async def send(self, session: AsyncSession, media: Media, content: str) -> ImportRun:
        file = SentFile("phu-luc.csv", content.encode())
        run = await take(session, OFFICER, media, file, home_province="22", ask_columns=True)
        await session.flush()
        return run

    async def test_one_group_is_said_for_the_whole_sheet(self, session: AsyncSession, media: Media) -> None:
        run = await self.send(session, media, self.APPENDIX)
        assert "“Nhóm sản phẩm”" in run.report["unclear"]
        run = await look_again(session, OFFICER, media, run.id, Said(group="do_uong"))
        assert (run.report.get("unclear", ""), run.counts["created"], run.counts["wrong"]) == ("", 2, 0)
        await decide(session, OFFICER, media, run.id, Policy.GOOD_ROWS)
        assert set(await session.scalars(select(Product.group_code))) == {"do_uong"}

    async def test_what_is_known_keeps_its_group(self, session: AsyncSession, media: Media) -> None:
        known = (
            "Tên sản phẩm;Chủ thể;Nhóm sản phẩm;Hạng sao;Xã\nMật ong Ba Chẽ;HTX Ba Chẽ;Thực phẩm;4;Ba Chẽ\n"
        )
        run = await self.send(session, media, known)
        await decide(session, OFFICER, media, run.id, Policy.GOOD_ROWS)
        run = await self.send(session, media, self.APPENDIX)
        await look_again(session, OFFICER, media, run.id, Said(group="do_uong"))
        await decide(session, OFFICER, media, run.id, Policy.GOOD_ROWS)
        told = await session.execute(select(Product.name, Product.group_code))
        assert {row.name: row.group_code for row in told} == {
            "Mật ong Ba Chẽ": "thuc_pham",
            "Trà dây Ba Chẽ": "do_uong",
        }

    async def test_what_a_row_writes_is_read_all_the_same(self, session: AsyncSession, media: Media) -> None:
        mixed = (
            "Tên sản phẩm;Chủ thể;Nhóm sản phẩm;Hạng sao\nA;HTX A;Đồ chơi;3\nB;HTX A;;3\nC;HTX A;Đồ uống;3\n"
        )
        run = await self.send(session, media, mixed)
        run = await look_again(session, OFFICER, media, run.id, Said(group="thuc_pham"))
        assert [(each["row"], each["problem"][:24]) for each in run.report["errors"]] == [
            (2, "Không có nhóm sản phẩm “")
        ]
        await decide(session, OFFICER, media, run.id, Policy.GOOD_ROWS)
        told = await session.execute(select(Product.name, Product.group_code))
        assert {row.name: row.group_code for row in told} == {"B": "thuc_pham", "C": "do_uong"}


class TestDecide:
    async def test_good_rows_once(self, session: AsyncSession, media: Media, samples: Path) -> None:
        run = await sent(session, media, samples)
        await decide(session, OFFICER, media, run.id, Policy.GOOD_ROWS)
        assert (run.state, await products(session)) == (ImportState.STORED, 39)
        with pytest.raises(AlreadyDecided):
            await decide(session, OFFICER, media, run.id, Policy.GOOD_ROWS)
        again = await sent(session, media, samples)
        assert (again.counts["unchanged"], again.counts["created"]) == (39, 0)

    async def test_refuse_all_takes_none(self, session: AsyncSession, media: Media, samples: Path) -> None:
        run = await sent(session, media, samples)
        await decide(session, OFFICER, media, run.id, Policy.REFUSE_ALL)
        assert (run.state, run.counts["created"], await products(session)) == (ImportState.REFUSED, 0, 0)

    async def test_a_foreign_file_is_not_found(
        self, session: AsyncSession, media: Media, samples: Path
    ) -> None:
        run = await sent(session, media, samples)
        actor = acting_for(await make_producer(session))
        with pytest.raises(NotFound):
            await get_run(session, actor, run.id)
        await apply_scope(session, actor.scope)
        assert (await session.scalars(select(ImportRun))).all() == []
