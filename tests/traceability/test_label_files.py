from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from datetime import date
from uuid import UUID

import pytest
from tests.traceability.builders import GTIN

from ocop_hub.traceability.errors import LabelRangeInvalid, LabelsBusy, LayoutInvalid
from ocop_hub.traceability.labels import files as label_files
from ocop_hub.traceability.labels.files import RunLabels
from ocop_hub.traceability.labels.layouts import layout_on, own_layout
from ocop_hub.traceability.labels.serials import SerialKeys, SerialMaker
from ocop_hub.traceability.labels.sheets import SheetFacts
from ocop_hub.traceability.models import RunKind

DAY = date(2026, 11, 22)
STEM = f"https://truyxuat.example.vn/01/{GTIN}/10/LO-1"
MAKER = SerialMaker(SerialKeys(b"t" * 32, b"m" * 32), subject=GTIN, lot="LO-1")


def labels(count: int, *, serial: bool = True, capitals: bool = True, trial: bool = False) -> RunLabels:
    return RunLabels(
        run_id=UUID(int=7),
        name="Đợt in tem có mã riêng số 2",
        lot_code="LO-1",
        kind=RunKind.SERIAL if serial else RunKind.LOT,
        number=2,
        count=count,
        template="label-1",
        stem_uri=STEM,
        facts=SheetFacts("Chả mực ^Hạ~Long", "HTX Thoan", ("Số lô: LO-1",), 4, trial),
        maker=MAKER if serial else None,
        capitals=capitals,
    )


class TestCsv:
    def test_has_a_line_for_each_label(self) -> None:
        lines = b"".join(labels(12_001).csv()).decode("ascii").split("\r\n")
        assert lines[0] == "number,serial,uri"
        assert len(lines) == 12_001 + 2
        serial = MAKER.make(2, 12_000)
        assert lines[-2] == f"12001,{serial},{STEM.upper()}/21/{serial}"

    def test_of_lot_labels_says_the_same_address(self) -> None:
        lines = b"".join(labels(3, serial=False, capitals=False).csv()).decode().split("\r\n")
        assert lines[1:4] == [f"{n},,{STEM}" for n in (1, 2, 3)]

    def test_is_made_in_pieces(self) -> None:
        tracemalloc.start()
        size = sum(map(len, labels(60_000).csv()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > 5_000_000
        assert peak < 3_000_000

    async def test_agrees_with_its_manifest(self) -> None:
        run = labels(7_000)
        body = b"".join(run.csv())
        said = await label_files.manifest(run)
        assert (said.count, said.bytes, said.sha256) == (7_000, len(body), hashlib.sha256(body).hexdigest())
        assert said.first.encode() in body.splitlines()[1]
        assert said.last.encode() in body.splitlines()[-1]


class TestPdf:
    async def test_of_a_part(self) -> None:
        made = await label_files.pdf(labels(100), layout_on("a4-3x8", DAY), first=99)
        assert made.startswith(b"%PDF-")

    @pytest.mark.parametrize(("first", "last"), [(0, 3), (3, 2), (1, 101)])
    async def test_of_no_part_is_refused(self, first: int, last: int) -> None:
        with pytest.raises(LabelRangeInvalid, match="số 1 đến 100"):
            await label_files.pdf(labels(100), layout_on("a4-3x8", DAY), first=first, last=last)

    async def test_of_a_large_run_is_made_in_a_process_of_its_own(self) -> None:
        made = await label_files.pdf(labels(1_001, serial=False), layout_on("a4-4x10", DAY))
        assert made.startswith(b"%PDF-")

    async def test_of_many_large_runs_at_once_is_refused_with_a_sentence(self) -> None:
        def sheet() -> asyncio.Task[bytes]:
            wanted = label_files.pdf(labels(1_001, serial=False), layout_on("a4-4x10", DAY))
            return asyncio.create_task(wanted)

        given_up = [sheet() for _ in range(label_files.AT_ONCE + label_files.MAY_WAIT)]
        await asyncio.sleep(0)
        with pytest.raises(LabelsBusy, match="đang bận"):
            await sheet()
        for each in given_up[1:]:
            each.cancel()
        # Those that nobody waits for any more make room when they end, so the next one's turn comes.
        assert (await sheet()).startswith(b"%PDF-")
        assert (await given_up[0]).startswith(b"%PDF-")


class TestZpl:
    def test_one_format_for_each_label(self) -> None:
        text = b"".join(label_files.zpl(labels(3, trial=True), layout_on("cuon-70x40", DAY))).decode()
        formats = text.split("\n")[:-1]
        assert len(formats) == 3
        for n, each in enumerate(formats):
            assert each.startswith("^XA^CI28^PW559^LL319")
            assert each.endswith("^XZ")
            assert f"^BQN,2,6^FDMA,{STEM.upper()}/21/{MAKER.make(2, n)}^FS" in each
            assert "BẢN THỬ – KHÔNG IN" in each
            assert "Chả mực  Hạ Long" in each

    def test_a_label_too_small_for_whole_dots_is_refused(self) -> None:
        tight = own_layout(
            page=(40, 22.5), columns=1, rows=1, label=(40, 22.5), first=(0, 0), pitch=(40, 22.5)
        )
        with pytest.raises(LayoutInvalid, match="quá nhỏ"):
            label_files.zpl(labels(1, capitals=False), tight, dpi=150)
        assert label_files.zpl(labels(1, capitals=False), tight, dpi=600)
