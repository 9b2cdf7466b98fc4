"""``ocop-hub report coverage``: its words are the rooms' words, its JSON the API's object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from docx import Document
from tests.printed_templates import docx_template
from typer.testing import CliRunner

from ocop_hub.cli.report import app
from ocop_hub.cli.report_options import (
    ByWord,
    DenominatorWord,
    EvidenceWord,
    GeoWord,
    ListingRuleWord,
    OffSeasonWord,
)
from ocop_hub.db import Database, plain_url
from ocop_hub.errors import NotFound
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.reporting.errors import AsOfOutOfRange
from ocop_hub.reporting.figures import By, Geo
from ocop_hub.reporting.models import Denominator, ListingRule, OffSeason
from ocop_hub.settings import get_settings


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        (ByWord, By),
        (GeoWord, Geo),
        (DenominatorWord, Denominator),
        (ListingRuleWord, ListingRule),
        (EvidenceWord, Grade),
        (OffSeasonWord, OffSeason),
    ],
)
def test_words_are_the_rooms_words(word: type[StrEnum], meant: type[StrEnum]) -> None:
    assert [each.value for each in word] == [each.value for each in meant]


@pytest.fixture
def own_database(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command's environment says where the test's database is."""
    monkeypatch.setenv("OCOP_HUB_DATABASE_URL", plain_url(database.address.url))
    monkeypatch.setenv("OCOP_HUB_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("own_database")
class TestCoverage:
    def test_json_for_programs(self) -> None:
        done = CliRunner().invoke(app, ["coverage", "--by", "unit", "--format", "json"])
        body = json.loads(done.stdout)
        assert {"figure", "rows", "rule", "as_of"} <= set(body)
        assert (body["figure"]["denominator"], body["figure"]["percent"]) == (0, None)
        assert len(body["rows"]) == 54

    def test_a_trial_says_so(self) -> None:
        done = CliRunner(env={"COLUMNS": "200"}).invoke(
            app, ["coverage", "--marketplace", "postmart", "--marketplace", "voso"]
        )
        assert "thử, không phải cách tính chính thức" in done.stdout

    def test_csv_has_its_mark(self) -> None:
        done = CliRunner().invoke(app, ["coverage", "--by", "marketplace", "--format", "csv"])
        assert done.stdout_bytes.startswith(b"\xef\xbb\xbf")
        assert "Postmart" in done.stdout

    @pytest.mark.parametrize(
        ("option", "value", "named"),
        [
            ("--only", "stars=9", "Các mã dùng được: 3, 4, 5."),
            ("--only", "marketplace=x", "Không có sàn được tính mã “x”."),
            ("--province", "99", "Không có tỉnh, thành phố mã “99”"),
        ],
    )
    def test_a_part_that_there_is_not_is_a_wrong_option(self, option: str, value: str, named: str) -> None:
        done = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["coverage", option, value])
        assert done.exit_code == 2
        assert named in done.stderr
        assert option in done.stderr
        assert done.stdout == ""

    def test_a_day_that_has_not_come(self) -> None:
        done = CliRunner().invoke(app, ["coverage", "--as-of", "2999-01-01"])
        assert isinstance(done.exception, AsOfOutOfRange)

    @pytest.mark.parametrize(("kind", "start"), [("docx", b"PK"), ("xlsx", b"PK"), ("pdf", b"%PDF")])
    def test_files_to_send_upward(self, kind: str, start: bytes, tmp_path: Path) -> None:
        out = tmp_path / f"bao-cao.{kind}"
        done = CliRunner().invoke(
            app, ["coverage", "--by", "unit", "--format", kind, "--out", str(out)], catch_exceptions=False
        )
        assert done.exit_code == 0
        assert out.read_bytes().startswith(start)

    def test_two_days_compared(self) -> None:
        asked = ["coverage", "--compare", "2024-12-31", "--as-of", "2025-12-31", "--by", "stars"]
        told = CliRunner().invoke(app, [*asked, "--only", "stars=4"], catch_exceptions=False)
        assert "Mới lên sàn: 0" in told.stdout
        body = json.loads(CliRunner().invoke(app, [*asked, "--format", "json"]).stdout)
        assert (body["since"], body["newly_listed"], body["moved"]) == ("2024-12-31", 0, [])
        assert CliRunner().invoke(app, [*asked, "--format", "csv"]).stdout_bytes.startswith(b"\xef\xbb\xbf")
        assert CliRunner().invoke(app, [*asked, "--format", "pdf"]).exit_code == 2
        assert CliRunner().invoke(app, [*asked, "--only", "stars"]).exit_code == 2

    def test_a_paper_of_ones_own(self, tmp_path: Path) -> None:
        template, out = tmp_path / "mau.docx", tmp_path / "bao-cao.docx"
        template.write_bytes(docx_template())
        done = CliRunner().invoke(
            app,
            ["coverage", "--by", "unit", "--template", str(template), "--out", str(out)],
            catch_exceptions=False,
        )
        assert done.exit_code == 0
        assert "– tính đến" in Document(str(out)).paragraphs[0].text

    def test_a_file_wants_its_place(self) -> None:
        done = CliRunner().invoke(app, ["coverage", "--format", "docx"])
        assert done.exit_code == 2


@pytest.mark.usefixtures("own_database")
class TestFiles:
    def test_indicators_for_people_and_programs(self, tmp_path: Path) -> None:
        told = CliRunner().invoke(app, ["indicators"])
        assert "Gian hàng: 0 gian hàng" in told.stdout
        body = json.loads(CliRunner().invoke(app, ["indicators", "--format", "json"]).stdout)
        assert {"indicators", "years", "entered", "as_of"} <= set(body)
        made = tmp_path / "chi-tieu.xlsx"
        assert CliRunner().invoke(app, ["indicators", "--format", "xlsx", "--out", str(made)]).exit_code == 0
        assert made.read_bytes().startswith(b"PK")

    def test_evidence_wants_a_product_and_a_kind_of_file(self, tmp_path: Path) -> None:
        assert CliRunner().invoke(app, ["evidence", "x", "-o", str(tmp_path / "a.docx")]).exit_code == 2
        missing = CliRunner().invoke(app, ["evidence", "08936003721777", "-o", str(tmp_path / "a.pdf")])
        assert isinstance(missing.exception, NotFound)
