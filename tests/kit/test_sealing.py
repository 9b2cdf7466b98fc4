"""Sealing, and the installation's secret."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ocop_hub.kit.sealing import SHORTEST_SECRET, CannotOpen, Sealer, derive_key, installation_secret


class TestSealer:
    def test_opens_where_it_belongs_and_nowhere_else(self) -> None:
        sealer = Sealer(derive_key("s" * SHORTEST_SECRET, "trial"))
        sealed = sealer.seal("khóa".encode(), belongs_to="account:1")
        assert sealer.open(sealed, belongs_to="account:1").decode() == "khóa"
        with pytest.raises(CannotOpen):
            sealer.open(sealed, belongs_to="account:2")
        with pytest.raises(CannotOpen):
            Sealer(derive_key("s" * SHORTEST_SECRET, "other")).open(sealed, belongs_to="account:1")
        with pytest.raises(CannotOpen):
            sealer.open(sealed[:-1], belongs_to="account:1")


class TestInstallationSecret:
    def test_a_configured_one_is_taken_unless_it_is_short(self, tmp_path: Path) -> None:
        assert installation_secret("x" * SHORTEST_SECRET, tmp_path) == "x" * SHORTEST_SECRET
        with pytest.raises(ValueError, match="at least 32"):
            installation_secret("short", tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_one_is_made_for_all_that_begin_together(self, tmp_path: Path) -> None:
        folder = tmp_path / "var"
        with ThreadPoolExecutor(16) as pool:
            told = set(pool.map(lambda _: installation_secret("", folder), range(200)))
        assert len(told) == 1
        assert len(told.pop()) >= SHORTEST_SECRET
        (kept,) = folder.iterdir()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
