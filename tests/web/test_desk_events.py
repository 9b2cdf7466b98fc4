"""The journal of a lot over HTTP: steps with amounts, sources, readings and papers, and their corrections."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from PIL import Image
from sqlalchemy import select
from tests import builders
from tests.builders import BA_CHE
from tests.web.test_desk_pages import DESK, Enter, enter, text_of

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.traceability.codes import new_trace_code
from ocop_hub.traceability.models import Lot, LotInput, TraceEvent

__all__ = ["enter"]

WHEN = {"at": "2026-10-01T08:30", "unit_id": BA_CHE, "place": "Xưởng Tân Tiến"}


@dataclass(frozen=True, slots=True)
class Lots:
    """Hoa's tea made from her leaves, and Bình's published lot with its label."""

    tea: Lot
    leaves: Lot
    his: Lot
    his_code: str
    form: str
    journal: str


@pytest.fixture
async def lots(client: httpx.AsyncClient, database: Database, enter: Enter) -> Lots:
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        tea = await builders.make_product(session, cast.hers, group="do_uong")
        squid = await builders.make_product(session, cast.his, "Mực một nắng")
        made = await builders.make_lot(session, tea, "TRA-1")
        leaves = await builders.make_lot(session, tea, "LA-1")
        leaves.quantity, leaves.quantity_unit = 100, "kg"
        his = await builders.make_lot(session, squid, "MUC-1")
        code = await builders.make_trace_code(session, squid, his, new_trace_code())
    client.headers["X-CSRF-Token"] = await enter(cast.hoa)
    path = f"{DESK}/lo/{made.id}"
    return Lots(made, leaves, his, code.code, f"{path}/cong-doan", f"{path}/nhat-ky")


async def events_of(database: Database, lot: Lot) -> list[TraceEvent]:
    async with database.session(SYSTEM) as session:
        found = await session.scalars(
            select(TraceEvent).where(TraceEvent.lot_id == lot.id).order_by(TraceEvent.position)
        )
        return list(found)


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "green").save(out, "JPEG")
    return out.getvalue()


async def test_the_usual_steps_of_the_group_are_offered_first(client: httpx.AsyncClient, lots: Lots) -> None:
    page = (await client.get(lots.journal)).text
    steps = re.findall(r'class="button[^"]*" href="[^"]*loai=(\w+)"', page)
    assert steps == ["harvest", "processing", "inspection", "packing", "shipping"]
    assert "Chưa ghi công đoạn nào." in page
    form = (await client.get(f"{lots.form}?loai=processing")).text
    assert form.index("Làm từ lô nào") < form.index("<details")
    assert f'value="{lots.leaves.id}"' in form


async def test_a_day_without_an_hour_is_told_as_a_day(client: httpx.AsyncClient, lots: Lots) -> None:
    for kind, at in (("harvest", "2026-09-01T00:00"), ("inspection", "2026-09-02T09:30")):
        answer = await client.post(lots.form, data={**WHEN, "kind": kind, "at": at})
        assert answer.status_code == 303, text_of(answer)
    page = (await client.get(lots.journal)).text
    assert "<span>1/9/2026" in page
    assert "<span>09:30, 2/9/2026" in page


async def test_a_step_with_sources_amount_readings_and_papers(
    client: httpx.AsyncClient, lots: Lots, database: Database
) -> None:
    typed = {
        **WHEN,
        "kind": "processing",
        "source_1": str(lots.leaves.id),
        "source_quantity_1": "12,5",
        "source_unit_1": "kg",
        "source_other": f"https://ocop.example.vn/t/{lots.his_code}",
        "temperature": "-4,5",
        "humidity": "60",
        "quantity": "3",
        "quantity_unit": "kg",
        "latitude": "21,027",
        "longitude": "107.35",
        "paper_title": "Phiếu kiểm nghiệm",
        "papers_public": "1",
    }
    files = [
        ("files", ("a.jpg", jpeg(), "image/jpeg")),
        ("files", ("b.pdf", b"%PDF-1.7 x", "application/pdf")),
    ]
    answer = await client.post(lots.form, data=typed, files=files)
    assert answer.status_code == 303, text_of(answer)
    (event,) = await events_of(database, lots.tea)
    assert event.details["point"] == {"latitude": "21.027000", "longitude": "107.350000"}
    assert [each["value"] for each in event.details["readings"]] == ["-4.5", "60"]
    assert event.zone_offset == "+07:00"
    assert len(event.epcis["ocop:attachment"]) == 2
    async with database.session(SYSTEM) as session:
        inputs = set((await session.scalars(select(LotInput.input_lot_id))).all())
    assert inputs == {lots.leaves.id, lots.his.id}
    page = (await client.get(answer.headers["location"])).text
    assert "Đã ghi công đoạn." in page
    assert "Làm từ lô LA-1" in page
    assert "-4,5 °C" in page
    paper = await client.get(f"/giay-to/{event.id}/1")
    assert paper.content == b"%PDF-1.7 x"
    assert (await client.get(f"/giay-to/{event.id}/0")).status_code == 404  # a picture is served as one


async def test_a_paper_that_is_not_for_buyers_is_hers_alone(
    client: httpx.AsyncClient, lots: Lots, database: Database
) -> None:
    files = [("files", ("b.pdf", b"%PDF-1.7 y", "application/pdf"))]
    await client.post(lots.form, data={**WHEN, "kind": "inspection"}, files=files)
    (event,) = await events_of(database, lots.tea)
    assert (await client.get(f"/giay-to/{event.id}/0")).status_code == 200
    assert "giay-to" in (await client.get(lots.journal)).text
    client.cookies.clear()
    assert (await client.get(f"/giay-to/{event.id}/0")).status_code == 404


async def test_a_correction_takes_the_place_and_keeps_what_was(
    client: httpx.AsyncClient, lots: Lots, database: Database
) -> None:
    first = {**WHEN, "kind": "harvest", "quantity": "50", "quantity_unit": "kg", "plot": "Thửa 12"}
    await client.post(lots.form, data=first)
    page = (await client.get(lots.journal)).text
    (href,) = re.findall(r'href="([^"]+\?sua=[^"]+)"', page)
    form = (await client.get(href)).text
    assert 'value="Thửa 12"' in form
    (corrects,) = re.findall(r'name="corrects" value="([^"]+)"', form)
    answer = await client.post(lots.form, data={**first, "quantity": "45", "corrects": corrects})
    assert answer.status_code == 303, text_of(answer)
    page = (await client.get(lots.journal)).text
    assert "45 kg" in page
    assert "50 kg" not in page
    assert "1 bản ghi cũ" in page
    assert [str(each.corrects_id or "") for each in await events_of(database, lots.tea)] == ["", corrects]
    again = await client.post(lots.form, data={**first, "corrects": corrects})
    assert again.status_code == 422
    assert "đã được sửa một lần" in again.text


class TestRefusals:
    async def said(self, client: httpx.AsyncClient, lots: Lots, **typed: str) -> str:
        answer = await client.post(lots.form, data={**WHEN, "kind": "processing", "note": "Sao", **typed})
        assert answer.status_code == 422, text_of(answer)
        assert ">Sao</textarea>" in answer.text
        return answer.text

    async def test_the_future(self, client: httpx.AsyncClient, lots: Lots) -> None:
        later = clock.now() + timedelta(days=2)
        assert "chưa tới" in await self.said(client, lots, at=f"{later:%Y-%m-%dT%H:%M}")

    async def test_before_the_harvest(self, client: httpx.AsyncClient, lots: Lots) -> None:
        await client.post(lots.form, data={**WHEN, "kind": "harvest"})
        assert "đứng trước thu hoạch" in await self.said(client, lots, at="2026-09-20T08:00")

    async def test_more_than_the_source_holds_until_a_reason_is_given(
        self, client: httpx.AsyncClient, lots: Lots
    ) -> None:
        too_much = {"source_1": str(lots.leaves.id), "source_quantity_1": "120", "source_unit_1": "kg"}
        page = await self.said(client, lots, **too_much)
        assert "vượt 20 kg" in page
        assert 'id="f-over_reason"' in page
        answer = await client.post(
            lots.form, data={**WHEN, "kind": "processing", **too_much, "over_reason": "Lá còn ướt khi cân"}
        )
        assert answer.status_code == 303, text_of(answer)

    async def test_units_that_cannot_be_compared(self, client: httpx.AsyncClient, lots: Lots) -> None:
        page = await self.said(
            client, lots, source_1=str(lots.leaves.id), source_quantity_1="3", source_unit_1="hộp"
        )
        assert "Hãy ghi theo kg" in page

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"at": ""}, "Chưa ghi ngày giờ."),
            ({"at": "hôm qua"}, "Không hiểu"),
            ({"quantity": "nhiều"}, "Không hiểu số lượng"),
            ({"quantity": "5"}, "Chưa ghi đơn vị tính"),
            ({"temperature": "nóng"}, "Không hiểu số đo"),
            ({"latitude": "91", "longitude": "1"}, "Tọa độ chưa đúng"),
            ({"gln": "123"}, "GLN"),
            ({"source_quantity_1": "3"}, "Chưa chọn lô nguyên liệu"),
            ({"source_other": "08936000000012"}, "thành mã trên tem"),
            ({"source_other": "https://ocop.vn/01/08936000000011/10/KHONG"}, "Không có lô đã công bố"),
        ],
    )
    async def test_what_cannot_be_read(
        self, client: httpx.AsyncClient, lots: Lots, typed: dict[str, str], sentence: str
    ) -> None:
        assert sentence in await self.said(client, lots, **typed)

    async def test_a_file_that_is_none_keeps_those_that_are(
        self, client: httpx.AsyncClient, lots: Lots, database: Database
    ) -> None:
        files = [("files", ("a.jpg", jpeg(), "image/jpeg")), ("files", ("b.txt", b"text", "text/plain"))]
        answer = await client.post(lots.form, data={**WHEN, "kind": "packing"}, files=files)
        assert answer.status_code == 422
        assert "b.txt: Không đọc được ảnh này" in answer.text
        (kept,) = re.findall(r'name="kept" value="([^"]+)"', answer.text)
        answer = await client.post(lots.form, data={**WHEN, "kind": "packing", "kept": kept})
        assert answer.status_code == 303, text_of(answer)
        (event,) = await events_of(database, lots.tea)
        assert [each["key"] for each in event.details["attachments"]] == [kept]

    async def test_a_paper_nobody_uploaded(self, client: httpx.AsyncClient, lots: Lots) -> None:
        key = f"papers/ab/{'ab' * 32}.pdf"
        assert "Hãy tải tệp lên trước" in await self.said(client, lots, kept=key)
        given = {
            "kind": "packing",
            "occurred_at": "2026-10-01T08:30:00+07:00",
            "details": {"attachments": [{"key": key}]},
        }
        answer = await client.post(f"/api/v1/lots/{lots.tea.id}/events", json=given)
        assert answer.json()["type"].endswith("event-invalid")

    async def test_a_recall_is_no_step_of_this_form(self, client: httpx.AsyncClient, lots: Lots) -> None:
        answer = await client.post(lots.form, data={**WHEN, "kind": "recall"})
        assert answer.status_code == 422
