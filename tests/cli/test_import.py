"""``ocop-hub import`` as a person and as a program runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ocop_hub.cli.import_ import import_file


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(import_file)
    return app


class TestDryRun:
    @pytest.mark.parametrize("name", ["upload_sample_lao_cai.xlsx", "upload_sample_lao_cai.csv"])
    def test_json_for_programs(self, command: typer.Typer, samples: Path, name: str) -> None:
        done = CliRunner().invoke(command, [str(samples / name), "--dry-run", "--format", "json"])
        assert done.exit_code == 0
        report = json.loads(done.stdout)
        assert (report["rows"], report["valid"]) == (42, 39)
        assert report["duplicates"] == [{"row": 45, "of_row": 20}]
        assert [(e["row"], e["field"]) for e in report["errors"]] == [
            (46, "Tên sản phẩm"),
            (47, "Hạng sao"),
        ]
        assert [w["row"] for w in report["warnings"]] == [18, 40, 43, 44]

    def test_text_for_people(self, command: typer.Typer, samples: Path) -> None:
        done = CliRunner(env={"COLUMNS": "120"}).invoke(
            command, [str(samples / "upload_sample_lao_cai.csv"), "--dry-run"]
        )
        assert "42 dòng dữ liệu, 39 dòng đúng" in done.stdout
        assert "Dòng 45 lặp lại dòng 20" in done.stdout
        assert "Thiếu tên sản phẩm" in done.stdout
