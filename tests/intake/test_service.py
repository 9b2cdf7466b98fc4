"""The sample sheets stored: twice, by an office and by a producer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import LAO_CAI, OFFICER, acting_for, make_producer

from ocop_hub.catalogue.models import Product, ProductRevision
from ocop_hub.certificates.models import Certificate, IssuerLevel, RecognitionDecision
from ocop_hub.db import Base, apply_scope
from ocop_hub.intake.check import CheckedSheet, check_file
from ocop_hub.intake.service import ImportCounts, store
from ocop_hub.kit.clock import business_day
from ocop_hub.places.finder import finder
from ocop_hub.producers.models import Producer, ProducerKind

SAMPLES = ("upload_sample_lao_cai.xlsx", "upload_sample_lao_cai.csv")
HEADER = "Tên sản phẩm;Chủ thể;Nhóm;Hạng sao;Xã;Huyện;Số quyết định;Ngày cấp;Giá bán;Mã GTIN"


def check(source: Path | bytes, filename: str = "tep.csv") -> CheckedSheet:
    return check_file(source, filename, finder(), "22")


def sheet(*lines: str) -> CheckedSheet:
    return check("\n".join((HEADER, *lines)).encode())


async def count(session: AsyncSession, model: type[Base]) -> int:
    return await session.scalar(select(func.count()).select_from(model)) or 0


async def product(session: AsyncSession, name: str) -> Product:
    return (await session.scalars(select(Product).where(Product.name == name))).one()


class TestSample:
    @pytest.mark.parametrize("name", SAMPLES)
    async def test_good_rows_with_certificates_under_their_decision(
        self, session: AsyncSession, samples: Path, name: str
    ) -> None:
        stored = await store(session, OFFICER, check(samples / name, name))
        assert stored.counts == ImportCounts(
            created=39,
            wrong=2,
            duplicates=1,
            without_decision=17,
            producers=await count(session, Producer),
            certificates=22,
        )
        assert await count(session, Product) == 39
        decision = (await session.scalars(select(RecognitionDecision))).one()
        assert (decision.number, decision.issued_on, decision.issuer_province_id) == (
            "4261/QĐ-UBND",
            None,
            LAO_CAI,
        )
        assert decision.issuer_level is IssuerLevel.PROVINCE
        assert len(stored.warnings) == 17

    async def test_again_changes_nothing(self, session: AsyncSession, samples: Path) -> None:
        await store(session, OFFICER, check(samples / SAMPLES[0]))
        before = [await count(session, model) for model in (ProductRevision, Certificate, Producer)]
        again = await store(session, OFFICER, check(samples / SAMPLES[1]))
        assert (again.counts.unchanged, again.counts.created, again.counts.updated) == (39, 0, 0)
        assert [await count(session, m) for m in (ProductRevision, Certificate, Producer)] == before

    async def test_place_stars_and_kind(self, session: AsyncSession, samples: Path) -> None:
        await store(session, OFFICER, check(samples / SAMPLES[0]))
        pomelo = await product(session, "Quả bưởi Múc")
        assert (pomelo.certified_unit_id, pomelo.current_unit_id, pomelo.province_id) == (
            "c-02917-00000000",
            "c-02905-20250701",
            LAO_CAI,
        )
        assert (pomelo.price_vnd, pomelo.net_weight_g, pomelo.declared_stars) == (120_000, 1_000, None)
        certificate = (
            await session.scalars(select(Certificate).where(Certificate.product_id == pomelo.id))
        ).one()
        assert certificate.stars == 4
        assert certificate.valid.lower is not None
        assert business_day(certificate.valid.lower) == date(2021, 6, 7)
        assert certificate.certified_district_id is not None
        actiso = await product(session, "Cao mềm actiso Sa Pa")
        assert actiso.declared_stars == 5
        pear = await session.get_one(Producer, (await product(session, "Lê Nậm Pung")).producer_id)
        assert (pear.kind, pear.claimed_at) == (ProducerKind.COOPERATIVE_GROUP, None)
        unknown = await product(session, "Mận Tam hoa sấy dẻo")
        assert (unknown.current_unit_id, unknown.province_id) == (None, LAO_CAI)
        assert unknown.commune_as_written == "Tà Chải, Bắc Hà"


class TestStore:
    async def test_marks_tell_two_producers_apart(self, session: AsyncSession) -> None:
        await store(
            session,
            OFFICER,
            sheet("Mận;HTX Quang Tom;Thực phẩm;3;;;;;;", "Mận;HTX Quang Tôm;Thực phẩm;3;;;;;;"),
        )
        assert await count(session, Producer) == 2

    async def test_a_changed_row_is_one_revision(self, session: AsyncSession) -> None:
        await store(session, OFFICER, sheet("Mận;HTX A;Thực phẩm;3;;;;;50000;", "Lê;HTX A;Thực phẩm;3;;;;;;"))
        again = await store(
            session, OFFICER, sheet("Mận;HTX A;Thực phẩm;3;;;;;60000;", "Lê;HTX A;Thực phẩm;3;;;;;;")
        )
        assert (again.counts.updated, again.counts.unchanged) == (1, 1)
        plum = await product(session, "Mận")
        await session.refresh(plum)
        assert (plum.revision, plum.price_vnd) == (2, 60_000)
        last = (
            await session.scalars(
                select(ProductRevision).where(
                    ProductRevision.product_id == plum.id, ProductRevision.number == 2
                )
            )
        ).one()
        assert (last.before, last.after) == ({"price_vnd": 50_000}, {"price_vnd": 60_000})
        woken = await session.scalars(text("SELECT dedupe_key FROM pgqueuer"))
        assert woken.all() == [f"publishing.readiness:{plum.id}"]

    async def test_a_blank_cell_takes_nothing_away(self, session: AsyncSession) -> None:
        await store(session, OFFICER, sheet("Mận;HTX A;Thực phẩm;3;;;;;50000;"))
        again = await store(session, OFFICER, sheet("Mận;HTX A;Thực phẩm;3;;;;;;"))
        assert again.counts.unchanged == 1

    async def test_a_renewal_closes_the_earlier_certificate(self, session: AsyncSession) -> None:
        await store(session, OFFICER, sheet("Mận;HTX A;Thực phẩm;3;;;1/QĐ-UBND;01/03/2023;;"))
        again = await store(session, OFFICER, sheet("Mận;HTX A;Thực phẩm;4;;;2/QĐ-UBND;01/09/2025;;"))
        assert (again.counts.updated, again.counts.certificates) == (1, 1)
        rows = (await session.scalars(select(Certificate).order_by(Certificate.valid))).all()
        assert [row.stars for row in rows] == [3, 4]
        assert rows[0].valid.upper == rows[1].valid.lower

    async def test_a_row_without_day_takes_its_decisions(self, session: AsyncSession) -> None:
        done = await store(
            session,
            OFFICER,
            sheet(
                "Mận;HTX A;Thực phẩm;3;;;1/QĐ-UBND;01/03/2023;;",
                "Lê;HTX A;Thực phẩm;3;;;1/QĐ-UBND;;;",
                "Đào;HTX A;Thực phẩm;3;;;2/QĐ-UBND;;;",
            ),
        )
        assert (done.counts.certificates, done.counts.without_decision) == (2, 1)
        assert [(w.row, w.field) for w in done.warnings] == [(4, "Ngày cấp")]

    async def test_one_gtin_for_two_products(self, session: AsyncSession) -> None:
        done = await store(
            session,
            OFFICER,
            sheet("Mận;HTX A;Thực phẩm;3;;;;;;8936003721777", "Lê;HTX A;Thực phẩm;3;;;;;;8936003721777"),
        )
        assert (done.counts.created, done.counts.wrong) == (1, 1)
        assert [(e.row, e.field, e.code) for e in done.errors] == [(3, "Mã GTIN", "gtin_taken")]

    async def test_markup_is_taken_out(self, session: AsyncSession) -> None:
        await store(session, OFFICER, sheet("Mận <i>Tam hoa</i>;HTX A;Thực phẩm;3;;;;;;"))
        assert (await product(session, "Mận Tam hoa")).name_folded == "man tam hoa"

    async def test_a_producers_list_makes_no_certificate(self, session: AsyncSession) -> None:
        own = await make_producer(session, "HTX A")
        actor = acting_for(own)
        await apply_scope(session, actor.scope)
        done = await store(
            session,
            actor,
            sheet("Mận;HTX A;Thực phẩm;4;;;1/QĐ-UBND;01/03/2023;;", "Lê;HTX B;Thực phẩm;3;;;;;;"),
        )
        assert (done.counts.created, done.counts.wrong, done.counts.certificates) == (1, 1, 0)
        assert done.errors[0].code == "producer_not_yours"
        assert await count(session, Certificate) == 0
        assert (await product(session, "Mận")).declared_stars == 4

    async def test_statements_do_not_grow_with_the_rows(self, session: AsyncSession) -> None:
        def lines(n: int, tag: str) -> list[str]:
            return [
                f"Sản phẩm {tag} {i};HTX {tag} {i % (n // 3)};Thực phẩm;{3 + i % 3};Bình Liêu;;"
                f"{i % 7}/QĐ-{tag};01/03/2025;{1000 + i};"
                for i in range(n)
            ]

        few = await statements(session, sheet(*lines(30, "ít")))
        many = await statements(session, sheet(*lines(10_000, "nhiều")))
        assert await count(session, Product) == 10_030
        assert await count(session, Certificate) == 10_030
        assert many == few


async def statements(session: AsyncSession, checked: CheckedSheet) -> int:
    """How many statements storing the sheet takes."""
    connection = (await session.connection()).sync_connection
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    await store(session, OFFICER, checked)
    await session.flush()
    event.remove(connection, "before_cursor_execute", note)
    return len(seen)
