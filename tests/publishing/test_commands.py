"""``ocop-hub marketplace``, ``publish`` and ``listing`` as an operator types them: processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests import builders

from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.db import SYSTEM, Database, plain_url
from ocop_hub.media import open_media
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for
from ocop_hub.settings import Settings

from .conftest import picture

Command = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def command(settings: Settings, database: Database, sandbox: str, cast: builders.Cast) -> Command:
    """Runs ``ocop-hub`` over the test's database; Hoa has a product with a photo."""
    stored = await open_media(settings).put_picture(picture())
    async with database.session(SYSTEM) as session:
        for name in ("Trà hoa vàng Ba Chẽ", "Trà hoa vàng Ba Chẽ túi lọc", "Cao trà"):
            product = await builders.make_product(session, cast.hers, name)
            session.add(
                ProductPhoto(
                    product_id=product.id,
                    producer_id=product.producer_id,
                    sha256=stored.sha256,
                    media_key=stored.key,
                    width=stored.width,
                    height=stored.height,
                    size_bytes=stored.size_bytes,
                )
            )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OCOP_HUB_")},
        "OCOP_HUB_DATABASE_URL": plain_url(database.address.url),
        "OCOP_HUB_DATA_DIR": str(settings.data_dir),
        "OCOP_HUB_MARKETPLACES__SHOPEE__API_BASE": f"{sandbox}/shopee",
        "OCOP_HUB_MARKETPLACES__SHOPEE__PUBLIC_BASE": f"{sandbox}/shopee",
        "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_ID": PARTNER_ID,
        "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_KEY": PARTNER_KEY,
    }

    async def run(*arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "ocop_hub.cli", *arguments),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    return run


async def said(command: Command, *arguments: str) -> Any:
    status, out, err = await command(*arguments, "--format", "json")
    assert status == 0, err
    return json.loads(out)


async def test_from_a_stall_to_a_live_listing_and_down_again(command: Command, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps({"access_token": access_token_for("880001")}))
    stall = await said(
        command,
        *("marketplace", "connect", "shopee", "--producer", "htx duoc lieu ba che"),
        *("--shop", "880001", "--credentials", str(key)),
    )
    assert (stall["state"], stall["matches"]) == ("connected", [])
    assert access_token_for("880001") not in json.dumps(stall)

    live = await said(command, "publish", "TRA HOA VANG ba chẽ", "--to", "shopee", "--wait")
    assert live["state"] == "live"
    assert [each["id"] for each in await said(command, "listing", "show", "Trà hoa vàng Ba Chẽ")] == [
        live["id"]
    ]
    down = await said(command, "listing", "unlist", live["id"])
    assert down["desired"] == "unlisted"
    assert "live → unlisted" in (await command("listing", "show", live["id"]))[1]
    assert "chưa có tin đăng nào" in (await command("listing", "show", "Cao trà"))[1]

    commune = ("--unit", builders.BA_CHE)
    # The one that is on its way down is left alone.
    asked = await said(command, "publish", *commune, "--to", "shopee", "--wait")
    assert (asked["total"], asked["refused"], asked["by_state"]) == (2, 0, {"live": 2})
    gone = await said(command, "listing", "unlist", *commune, "--from", "shopee", "--wait")
    assert (gone["total"], gone["over"], gone["by_state"]) == (2, True, {"unlisted": 2})


async def test_all_that_match_are_adopted_at_once(
    command: Command, database: Database, cast: builders.Cast, tmp_path: Path
) -> None:
    async with database.session(SYSTEM) as session:
        await builders.make_product(session, cast.hers, "Hạt giống rau cải 50 g")
    key = tmp_path / "key.json"
    key.write_text(json.dumps({"access_token": access_token_for("880002")}))
    stall = await said(
        command,
        *("marketplace", "connect", "shopee", "--producer", "htx duoc lieu ba che"),
        *("--shop", "880002", "--credentials", str(key)),
    )
    assert [each["title"] for each in stall["matches"]] == ["Hạt giống rau cải 50 g"]
    done = await said(command, "marketplace", "adopt-matched", "shopee", "880002")
    assert (done["adopted"], done["waiting"]) == (1, [])


async def test_a_refusal_is_a_sentence_and_a_status(command: Command) -> None:
    status, out, err = await command("publish", "trà", "--to", "shopee")
    assert (status, out) == (1, "")
    assert "Có nhiều mục tên «trà»" in err
    status, _, err = await command("publish", "cao tra", "--to", "shopee")
    assert status == 1
    assert "marketplace connect shopee" in err
    assert "Traceback" not in err
    for wrong in (("publish", "--to", "shopee"), ("listing", "unlist", "--unit", builders.BA_CHE)):
        assert (await command(*wrong))[0] == 2
    status, _, err = await command("publish", "--unit", "nowhere", "--to", "shopee")
    assert (status, "mang mã «nowhere»" in err) == (1, True)


async def test_a_marketplace_that_there_is_not(command: Command) -> None:
    for arguments in (
        ("publish", "Cao trà", "--to", "shoppee"),
        ("marketplace", "connect", "shoppee", "--producer", "htx duoc lieu ba che", "--shop", "1"),
    ):
        status, out, err = await command(*arguments)
        told = " ".join(err.replace("│", " ").split())
        assert (status, out) == (2, "")
        assert "không có sàn nào tên «shoppee»; có: " in told
        assert "postmart" in told
        assert "shopee" in told.replace("shoppee", "")
