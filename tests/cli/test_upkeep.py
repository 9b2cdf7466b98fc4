"""``ocop-hub doctor``: what is set and what an installation lacks, for a person and for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ocop_hub.cli.accounts import app as user_app
from ocop_hub.cli.upkeep import doctor
from ocop_hub.db import Database, plain_url
from ocop_hub.settings import get_settings

app = typer.Typer()
app.command()(doctor)


@pytest.fixture(autouse=True)
def own_database(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command's environment says where the test's database is."""
    monkeypatch.setenv("OCOP_HUB_DATABASE_URL", plain_url(database.address.url))
    monkeypatch.setenv("OCOP_HUB_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_a_new_installation_is_told_what_it_lacks() -> None:
    done = CliRunner().invoke(app, [])
    assert done.exit_code == 0, done.output
    assert "Cơ sở dữ liệu: tốt (PostgreSQL" in done.output
    for words in ("OCOP_HUB_PUBLIC_URL", "secret.key", "ocop-hub user add"):
        assert words in done.output
    assert "database_url = **********" in done.output


def test_one_that_lacks_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCOP_HUB_PUBLIC_URL", "https://ocop.vidu.example")
    monkeypatch.setenv("OCOP_HUB_SECRET_KEY", "x" * 40)
    get_settings.cache_clear()
    made = ["add", "--name", "Thu", "--email", "thu@vidu.vn", "--office", "operator", "--generate"]
    assert CliRunner().invoke(user_app, made).exit_code == 0
    done = CliRunner().invoke(app, [])
    assert (done.exit_code, "Không có gì phải làm." in done.output) == (0, True), done.output
    assert "public_url = https://ocop.vidu.example" in done.output
    assert "x" * 40 not in done.output
    assert json.loads(CliRunner().invoke(app, ["--format", "json"]).output)["advice"] == []
