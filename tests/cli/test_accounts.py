"""``ocop-hub user``: an office's first sign-in is made at the server, and can be used."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builders import BA_CHE
from typer.testing import CliRunner, Result

from ocop_hub.accounts import service
from ocop_hub.accounts.models import Office, OfficeHolder
from ocop_hub.cli.accounts import OfficeWord, app, new_passphrase
from ocop_hub.db import SYSTEM, Database, plain_url
from ocop_hub.errors import Conflict, HubError, NotFound
from ocop_hub.settings import get_settings

PASSPHRASE = "một câu dài dễ nhớ"
#: Xã Thanh Sơn, which ended on 1 July 2025.
FORMER = "06973"


@pytest.fixture(autouse=True)
def own_database(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command's environment says where the test's database is."""
    monkeypatch.setenv("OCOP_HUB_DATABASE_URL", plain_url(database.address.url))
    monkeypatch.setenv("OCOP_HUB_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def add(*more: str, email: str = "Thu@QuangNinh.example", office: str = "officer_province") -> Result:
    typed = "" if "--generate" in more else f"{PASSPHRASE}\n{PASSPHRASE}\n"
    return run("add", "--name", "Trần Minh Thu", "--email", email, "--office", office, *more, typed=typed)


def signs_in(database: Database, login: str, passphrase: str) -> bool:
    async def attempt() -> bool:
        own = Database(database.address, pool_size=1)
        try:
            async with own.session(SYSTEM) as session:
                done = await service.sign_in(session, login=login, passphrase=passphrase, hours=1)
                return not isinstance(done, HubError)
        finally:
            await own.close()

    return asyncio.run(attempt())


def seats(database: Database) -> list[tuple[Office, str | None]]:
    from sqlalchemy import select

    async def read() -> list[tuple[Office, str | None]]:
        own = Database(database.address, pool_size=1)
        try:
            async with own.session(SYSTEM) as session:
                rows = await session.execute(select(OfficeHolder.office, OfficeHolder.unit_id))
                return [(office, unit) for office, unit in rows]
        finally:
            await own.close()

    return asyncio.run(read())


def test_words_are_the_rooms_words() -> None:
    assert {each.value for each in OfficeWord} == {each.value for each in Office}


class TestAdd:
    def test_the_person_can_sign_in(self, database: Database) -> None:
        done = add()
        assert (done.exit_code, PASSPHRASE in done.output) == (0, False), done.output
        assert signs_in(database, "thu@quangninh.example", PASSPHRASE)
        assert seats(database) == [(Office.OFFICER_PROVINCE, None)]

    def test_a_made_passphrase_is_printed_once_and_opens(self, database: Database) -> None:
        done = add("--generate")
        found = re.search(r": ((?:[a-z0-9]{5}-?){4})$", done.output, re.M)
        assert found, done.output
        assert signs_in(database, "thu@quangninh.example", found[1])
        assert new_passphrase() != new_passphrase()

    def test_a_commune_officer_sits_in_a_commune_in_force(self, database: Database) -> None:
        assert add("--unit", BA_CHE.split("-")[1], office="officer_commune").exit_code == 0
        assert seats(database) == [(Office.OFFICER_COMMUNE, BA_CHE)]

    @pytest.mark.parametrize(
        ("office", "more", "said"),
        [
            ("officer_commune", (), "Thiếu --unit"),
            ("officer_commune", ("--unit", FORMER), "đang có hiệu lực"),
            ("officer_commune", ("--unit", "22"), "đang có hiệu lực"),
            ("officer_province", ("--unit", BA_CHE), "Hãy bỏ --unit"),
        ],
    )
    def test_a_wrong_unit_is_refused(
        self, database: Database, office: str, more: tuple[str, ...], said: str
    ) -> None:
        done = add(*more, office=office)
        assert isinstance(done.exception, HubError)
        assert said in done.exception.detail
        assert seats(database) == []

    def test_two_different_passphrases_make_nobody(self, database: Database) -> None:
        done = run(
            *("add", "--name", "Thu", "--email", "thu@vidu.vn", "--office", "operator"),
            typed="một câu dài\nmột câu khác\n",
        )
        assert done.exit_code != 0
        assert seats(database) == []

    @pytest.mark.parametrize("option", ["--passphrase", "--password"])
    def test_a_passphrase_is_no_argument(self, option: str) -> None:
        assert add(option, PASSPHRASE).exit_code == 2


class TestListAndDisable:
    def test_a_disabled_one_cannot_sign_in_and_is_shown_so(self, database: Database) -> None:
        add()
        add(email="quan@vidu.vn", office="operator")
        assert run("disable", "thu@quangninh.example").exit_code == 0
        assert not signs_in(database, "thu@quangninh.example", PASSPHRASE)
        assert signs_in(database, "quan@vidu.vn", PASSPHRASE)
        rows = json.loads(run("list", "--format", "json").stdout)
        assert {row["login"]: row["disabled_at"] is not None for row in rows} == {
            "thu@quangninh.example": True,
            "quan@vidu.vn": False,
        }
        assert "ngừng từ" in run("list").stdout

    def test_nobody_is_said(self) -> None:
        assert isinstance(run("disable", "ai@vidu.vn").exception, NotFound)
        assert isinstance(run("passphrase", "ai@vidu.vn", "--generate").exception, NotFound)


class TestPassphrase:
    NEW = "một câu khác hẳn, cũng dài"

    def test_the_new_one_opens_and_the_old_one_no_longer(self, database: Database) -> None:
        add()
        for _ in range(service.FREE_FAILURES + 1):
            assert not signs_in(database, "thu@quangninh.example", "đoán mò thôi")
        done = run("passphrase", "thu@quangninh.example", typed=f"{self.NEW}\n{self.NEW}\n")
        assert (done.exit_code, self.NEW in done.output) == (0, False), done.output
        assert not signs_in(database, "thu@quangninh.example", PASSPHRASE)
        assert signs_in(database, "thu@quangninh.example", self.NEW)

    def test_it_does_not_bring_back_who_was_disabled(self, database: Database) -> None:
        add()
        run("disable", "thu@quangninh.example")
        assert isinstance(run("passphrase", "thu@quangninh.example", "--generate").exception, Conflict)
