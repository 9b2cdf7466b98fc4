"""The files of a print run: PDF sheets, CSV for print houses with its manifest, ZPL for thermal printers."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.gs1 import digital_link
from ocop_hub.kit.sealing import Sealer
from ocop_hub.traceability.errors import LabelRangeInvalid, LabelsBusy
from ocop_hub.traceability.labels.codes import fit, printed_form, side_of
from ocop_hub.traceability.labels.label import TRIAL, is_loopback
from ocop_hub.traceability.labels.layouts import Layout
from ocop_hub.traceability.labels.print_runs import maker_of, name_of
from ocop_hub.traceability.labels.serials import SerialMaker
from ocop_hub.traceability.labels.sheets import Address, Mark, SheetFacts, sheet_pdf
from ocop_hub.traceability.models import Lot, PrintRun, RunKind

#: Lines of CSV handed on at a time.
CHUNK = 5_000
#: Sheets of more labels are made in a process of their own, so that their memory ends with it.
APART_FROM = 1_000
#: Such processes at a time: one for each core, and few enough that those who wait leave connections to others.
AT_ONCE = min(os.cpu_count() or 1, 4)
MAY_WAIT = 2
CSV_HEAD = b"number,serial,uri\r\n"

_MM_PER_INCH = 25.4
#: From the lower edge of a thermal label to the top of the letters.
_LETTERS_MM = 2.5


@dataclass(frozen=True, slots=True)
class RunLabels:
    """All that the labels of a run say, free of the database. ``stem_uri``: the address before the serial."""

    run_id: UUID
    name: str
    lot_code: str
    kind: RunKind
    number: int
    count: int
    template: str
    stem_uri: str
    facts: SheetFacts
    maker: SerialMaker | None
    capitals: bool

    def addresses(self, first: int = 1, last: int | None = None) -> Iterator[Address]:
        """The addresses of labels ``first`` to ``last``, counted from 1; one for a run of lot labels."""
        for _, letters in self._series(first, last or self.count):
            yield self._address(letters)

    def csv(self) -> Iterator[bytes]:
        """The whole run as CSV (RFC 4180, ASCII), in pieces: number, serial, address as the symbol holds it."""
        yield CSV_HEAD
        lines: list[str] = []
        for number, serial in enumerate(self._serials(1, self.count), start=1):
            uri = self.stem_uri + (f"/21/{serial}" if serial else "")
            lines.append(f"{number},{serial},{uri.upper() if self.capitals else uri}\r\n")
            if len(lines) == CHUNK:
                yield "".join(lines).encode("ascii")
                lines.clear()
        if lines:
            yield "".join(lines).encode("ascii")

    def _series(self, first: int, last: int) -> Iterator[tuple[str, str]]:
        if self.maker is None:
            yield "", self.stem_uri
            return
        for serial in self._serials(first, last):
            yield serial, f"{self.stem_uri}/21/{serial}"

    def _serials(self, first: int, last: int) -> Iterator[str]:
        if self.maker is None:
            return iter([""] * (last - first + 1))
        return self.maker.series(self.number, last - first + 1, first=first - 1)

    def _address(self, letters: str) -> Address:
        return Address(letters.upper() if self.capitals else letters, letters.partition("://")[2])


async def labels_of(session: AsyncSession, run: PrintRun, *, sealer: Sealer) -> RunLabels:
    """What the labels of a run say. Raises LabelsElsewhere when their keys cannot be opened."""
    lot = await session.get_one(Lot, run.lot_id)
    maker = await maker_of(session, run, sealer=sealer) if run.kind is RunKind.SERIAL else None
    stem_uri = _stem_uri(run, lot)
    sample = stem_uri if maker is None else f"{stem_uri}/21/{maker.make(run.number, 0)}"
    return RunLabels(
        run_id=run.id,
        name=name_of(run),
        lot_code=lot.code,
        kind=run.kind,
        number=run.number,
        count=run.count,
        template=run.template,
        stem_uri=stem_uri,
        facts=SheetFacts(
            product_name=run.words["product_name"],
            producer_name=run.words["producer_name"],
            lines=tuple(run.words["lines"]),
            stars=run.stars,
            trial=is_loopback(run.stem),
        ),
        maker=maker,
        capitals=printed_form(sample) != sample,
    )


def _stem_uri(run: PrintRun, lot: Lot) -> str:
    """A product's GTIN has fourteen digits, a code of ``/t/`` ten characters."""
    if len(run.subject) == 14:
        return digital_link.build(run.stem, run.subject, lot=lot.code)
    return f"{run.stem}/t/{run.subject}"


async def pdf(
    labels: RunLabels, layout: Layout, *, first: int = 1, last: int | None = None, mark: Mark | None = None
) -> bytes:
    """Labels ``first`` to ``last`` of a run as PDF, made off the loop.

    Raises LabelRangeInvalid, LabelsBusy, and as :func:`sheets.sheet_pdf`.
    """
    end = labels.count if last is None else last
    if not 1 <= first <= end <= labels.count:
        raise LabelRangeInvalid(
            f"{labels.name} có tem số 1 đến {labels.count}; khoảng {first}–{end} không đúng."
        )
    copies = end - first + 1
    if copies <= APART_FROM:
        return await asyncio.to_thread(_pdf, labels, layout, first, end, mark)
    return await _workshops().make(labels, layout, first, end, mark)


class _Workshops:
    """The processes for large sheets: ``most`` at a time, a few requests waiting, the rest refused at once.

    A place is free again when its process has ended, also where nobody waits for the sheet any more.
    """

    def __init__(self, most: int) -> None:
        self._places = asyncio.Semaphore(most)
        self._waiting = 0

    async def make(
        self, labels: RunLabels, layout: Layout, first: int, last: int, mark: Mark | None
    ) -> bytes:
        """The sheet. Raises LabelsBusy."""
        if self._places.locked() and self._waiting >= MAY_WAIT:
            raise LabelsBusy("Máy đang bận tạo nhiều tờ tem lớn. Hãy thử lại sau một phút.")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        apart = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        made = apart.submit(_pdf, labels, layout, first, last, mark)
        made.add_done_callback(partial(self._leave_soon, asyncio.get_running_loop()))
        try:
            return await asyncio.wrap_future(made)
        finally:
            # Its end is not waited for: that would hold up the loop, for the whole sheet where the request is cancelled.
            apart.shutdown(wait=False, cancel_futures=True)

    def _leave_soon(self, loop: asyncio.AbstractEventLoop, _made: Future[bytes]) -> None:
        """From the executor's thread; a loop that has ended counts no places."""
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._places.release)


_BY_LOOP: WeakKeyDictionary[asyncio.AbstractEventLoop, _Workshops] = WeakKeyDictionary()


def _workshops() -> _Workshops:
    """Those of the running loop: a process of ours has one, a test may have several."""
    return _BY_LOOP.setdefault(asyncio.get_running_loop(), _Workshops(AT_ONCE))


def _pdf(labels: RunLabels, layout: Layout, first: int, last: int, mark: Mark | None) -> bytes:
    return sheet_pdf(
        labels.facts,
        list(labels.addresses(first, last)),
        layout,
        copies=last - first + 1,
        template=labels.template,
        mark=mark,
    )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a print house checks the CSV against. ``first``, ``last``: the addresses on those labels."""

    run: UUID
    name: str
    lot: str
    kind: RunKind
    count: int
    first: str
    last: str
    bytes: int
    sha256: str


async def manifest(labels: RunLabels) -> Manifest:
    """The manifest of a run's CSV; the whole file is made once to take its checksum."""
    size, digest = await asyncio.to_thread(_checksum, labels)
    first = next(labels.addresses(1, 1))
    last = next(labels.addresses(labels.count, labels.count))
    return Manifest(
        run=labels.run_id,
        name=labels.name,
        lot=labels.lot_code,
        kind=labels.kind,
        count=labels.count,
        first=first.uri,
        last=last.uri,
        bytes=size,
        sha256=digest,
    )


def _checksum(labels: RunLabels) -> tuple[int, str]:
    """Size and SHA-256 of the CSV."""
    digest, size = hashlib.sha256(), 0
    for piece in labels.csv():
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def zpl(labels: RunLabels, layout: Layout, *, dpi: int = 203) -> Iterator[bytes]:
    """The run for a thermal printer (ZPL II), one label a format. The printer itself draws the symbol.

    Raises LayoutInvalid when the symbol does not fit at a whole number of dots a module.
    """
    dot = _MM_PER_INCH / dpi
    sample = next(labels.addresses(1, 1))
    side = side_of(sample.uri)
    # Above the line of letters, so that nothing stands in the symbol's light margin.
    room = layout.label[1] - 2.0 - _LETTERS_MM - (4.0 if labels.facts.trial else 0.0)
    dots = int(fit(side, room_mm=min(room, layout.label[0] - 4.0), label=layout.size).module_mm / dot)
    # Whole dots only: what is lost to rounding must not fall below the smallest module.
    fit(side, room_mm=dots * dot * (side + 8), label=layout.size)
    head = _zpl_head(labels, layout, dpi, left=int(2 / dot) + dots * (side + 8))
    top = int((6.0 if labels.facts.trial else 2.0) / dot) + 4 * dots
    return _zpl_labels(labels, head, f"^FO{int(2 / dot) + 4 * dots},{top}^BQN,2,{dots}^FDMA,", layout, dot)


def _zpl_labels(labels: RunLabels, head: str, symbol: str, layout: Layout, dot: float) -> Iterator[bytes]:
    bottom = int((layout.label[1] - _LETTERS_MM) / dot)
    pieces: list[str] = []
    single = next(labels.addresses()) if labels.maker is None else None
    every = labels.addresses() if single is None else (single for _ in range(labels.count))
    for address in every:
        letters = f"^FO{int(2 / dot)},{bottom}^A0N,{int(1.6 / dot)}^FD{address.letters}^FS"
        pieces.append(f"{head}{symbol}{address.uri}^FS{letters}^XZ\n")
        if len(pieces) == CHUNK:
            yield "".join(pieces).encode()
            pieces.clear()
    if pieces:
        yield "".join(pieces).encode()


def _zpl_head(labels: RunLabels, layout: Layout, dpi: int, *, left: int) -> str:
    """Size and the words that are alike on all labels; ``^CI28`` is UTF-8."""
    dot = _MM_PER_INCH / dpi
    facts = labels.facts
    words = [facts.product_name, facts.producer_name, *facts.lines]
    if facts.stars:
        words.append(f"OCOP đạt {facts.stars} sao")
    size, top = int(2.4 / dot), int((6.0 if facts.trial else 2.0) / dot)
    width = int(layout.label[0] / dot) - left - size // 2
    parts = [f"^XA^CI28^PW{int(layout.label[0] / dot)}^LL{int(layout.label[1] / dot)}"]
    if facts.trial:
        parts.append(f"^FO{int(2 / dot)},{int(1 / dot)}^A0N,{int(3 / dot)}^FD{TRIAL}^FS")
    text = "\\&".join(_zpl_text(each) for each in words)
    parts.append(f"^FO{left},{top}^A0N,{size}^FB{width},{len(words) + 3},0,L^FD{text}^FS")
    return "".join(parts)


def _zpl_text(text: str) -> str:
    """Without the two signs that begin a command."""
    return text.replace("^", " ").replace("~", " ").replace("\\", " ")
