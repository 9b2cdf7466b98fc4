"""``ocop-hub marketplace``: what needs no database."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from typer.testing import CliRunner

from ocop_hub.cli.marketplace import app

SHIPPED = resources.files("ocop_hub.marketplaces").joinpath("profiles/postmart.toml").read_text("utf-8")


def check(path: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check-profile", str(path), *options])
    return result.exit_code, result.output


def test_a_good_profile_says_what_it_offers_and_what_is_assumed(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(SHIPPED, "utf-8")
    code, said = check(path)
    assert code == 0
    assert "dùng được" in said
    assert "giả định" in said
    code, said = check(path, "--format", "json")
    assert (json.loads(said)["key"], json.loads(said)["mistakes"]) == ("postmart", [])


def test_every_mistake_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(SHIPPED.replace("version = 1", "version = 2").replace('part = "image"', ""), "utf-8")
    code, said = check(path)
    assert code == 1
    assert "a.toml: version: " in said
    code, said = check(path, "--format", "json")
    assert code == 1
    assert [each["key"] for each in json.loads(said)["mistakes"]] == ["version"]


def test_the_list_tells_which_have_a_profile() -> None:
    result = CliRunner().invoke(app, ["list", "--format", "json"])
    rows = {row["key"]: row for row in json.loads(result.output)}
    assert {key for key, row in rows.items() if row["profile"]} == {"postmart", "voso"}
