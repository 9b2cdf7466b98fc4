"""What a web process does not carry while nobody asks for a drawing, a document or a workbook."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"docx", "lxml", "openpyxl", "typst", "vl_convert", "xlsxwriter"}


def test_the_app_loads_no_drawing_and_no_document_library() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import ocop_hub.app, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    loaded = set(said.split())
    assert "ocop_hub.web.reports.coverage" in loaded
    assert loaded & HEAVY == set()
