"""Print runs: 10,000 labels as PDF, a million as CSV, and a million forged serials."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from uuid import UUID

import zxingcpp

from ocop_hub.cli.bench.frame import RUNS, BenchResult, notes, peak_mb
from ocop_hub.kit import clock
from ocop_hub.traceability.codes import CROCKFORD
from ocop_hub.traceability.labels import files as label_files
from ocop_hub.traceability.labels.codes import encode
from ocop_hub.traceability.labels.files import RunLabels
from ocop_hub.traceability.labels.layouts import layout_on
from ocop_hub.traceability.labels.print_runs import TEMPLATE
from ocop_hub.traceability.labels.serials import SerialKeys, SerialMaker
from ocop_hub.traceability.labels.sheets import SheetFacts
from ocop_hub.traceability.models import RunKind

#: What is promised: seconds for the PDF, MB for the CSV.
PDF_SECONDS = 8.0
CSV_MB = 250.0
PDF_LABELS = 10_000
CSV_LABELS = 1_000_000
CODES = 2_000
FORGED = 1_000_000


def labels(count: int) -> RunLabels:
    """A run with a serial each, as a province prints it."""
    subject, lot = "08938505970011", "LO-2026-09"
    return RunLabels(
        run_id=UUID(int=0),
        name="bench",
        lot_code=lot,
        kind=RunKind.SERIAL,
        number=1,
        count=count,
        template=TEMPLATE,
        stem_uri=f"https://truyxuat.example.vn/01/{subject}/10/{lot}",
        facts=SheetFacts(
            "Chả mực Hạ Long", "Hợp tác xã Thoan Hạ Long", (f"Số lô: {lot}", "NSX: 01/11/2026"), 4
        ),
        maker=SerialMaker(SerialKeys.new(), subject=subject, lot=lot),
        capitals=True,
    )


def pdf() -> BenchResult:
    """10,000 labels on A4 as PDF, each symbol read back: seconds against the promised eight."""
    paper = layout_on("a4-3x8", clock.today())
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        asyncio.run(label_files.pdf(labels(PDF_LABELS), paper))
        seconds.append(time.perf_counter() - started)
    figure = statistics.median(seconds)
    said = f"limit: the promised {PDF_SECONDS:g} s; ratio: limit / figure"
    return BenchResult("labels-pdf", figure, "s", PDF_SECONDS, PDF_SECONDS / figure, notes=notes(said))


def csv() -> BenchResult:
    """A million labels as CSV, streamed: labels a second; the peak is promised."""
    started = time.perf_counter()
    size = sum(map(len, labels(CSV_LABELS).csv()))
    rate = CSV_LABELS / (time.perf_counter() - started)
    peak = peak_mb()
    said = f"{size / 1e6:.0f} MB written; limit: peak {CSV_MB:g} MB; ratio: limit / peak"
    return BenchResult("labels-csv", rate, "labels/s", CSV_MB, CSV_MB / peak, peak_mb=peak, notes=notes(said))


def codes() -> BenchResult:
    """Symbols made, read back and drawn a second, beside what the encoder does alone."""
    uris = [each.uri for each in labels(CODES).addresses()]

    def ours() -> float:
        started = time.perf_counter()
        for uri in uris:
            encode(uri)
        return CODES / (time.perf_counter() - started)

    def alone() -> float:
        started = time.perf_counter()
        for uri in uris:
            zxingcpp.create_barcode(uri, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        return CODES / (time.perf_counter() - started)

    pairs = [(ours(), alone()) for _ in range(RUNS)]
    figure = statistics.median(pair[0] for pair in pairs)
    limit = statistics.median(pair[1] for pair in pairs)
    said = "limit: the encoder alone; ours reads each symbol back as well"
    return BenchResult("labels-codes", figure, "codes/s", limit, figure / limit, notes=notes(said))


def forged() -> BenchResult:
    """A million made-up, changed and transplanted serials: how many are accepted; none may be."""
    rng = random.Random(2026)  # noqa: S311  # repeatable, guards nothing
    subject = "08938505970011"
    keys = SerialKeys.new()
    maker = SerialMaker(keys, subject=subject, lot="LO-1")
    other = SerialMaker(keys, subject=subject, lot="LO-2")
    true = list(maker.series(1, 10_000))
    started = time.perf_counter()
    accepted = 0
    for n in range(FORGED):
        serial = rng.choice(true)
        if n % 3 == 0:
            accepted += other.read(serial) is not None
            continue
        at = rng.randrange(16)
        changed = rng.choice(CROCKFORD.replace(serial[at], "")) if n % 3 == 1 else ""
        made = serial[:at] + changed + serial[at + 1 :] if changed else "".join(rng.choices(CROCKFORD, k=16))
        accepted += maker.read(made) is not None
    rate = FORGED / (time.perf_counter() - started)
    said = f"{rate:,.0f} checks/s; limit: none; ratio 1 when none is accepted"
    return BenchResult("labels-forged", accepted, "accepted", 0.0, float(accepted == 0), notes=notes(said))
