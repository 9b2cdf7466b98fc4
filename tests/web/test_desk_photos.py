"""The pages of a product's photos and its spoken story, over HTTP and without script."""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from PIL import Image
from sqlalchemy import select
from tests.builders import Cast, make_product, sign_in

from ocop_hub.accounts.models import User
from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.db import SYSTEM, Database

DESK = "/ban-lam-viec"
M4A = b"\x00\x00\x00\x20ftypM4A " + bytes(range(200))
Enter = Callable[[User], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Hoa's tea, and the address of its photos."""

    tea: Product
    photos: str
    story: str


@pytest.fixture
async def desk(cast: Cast, database: Database) -> Desk:
    async with database.session(SYSTEM) as session:
        tea = await make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ")
    base = f"{DESK}/san-pham/{tea.id}"
    return Desk(tea, f"{base}/anh", f"{base}/ke-chuyen")


@pytest.fixture
def enter(client: httpx.AsyncClient) -> Enter:
    async def enter(user: User) -> str:
        client.cookies.clear()
        token = await sign_in(client, user)
        del client.headers["X-CSRF-Token"]
        client.headers["Accept"] = "text/html"
        return token

    return enter


def _jpeg(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 450), colour).save(out, "JPEG")
    return out.getvalue()


async def test_several_at_once_and_the_bad_one_is_named(
    client: httpx.AsyncClient, cast: Cast, desk: Desk, database: Database, enter: Enter
) -> None:
    token = await enter(cast.hoa)
    files = [
        ("photos", ("a.jpg", _jpeg("red"), "image/jpeg")),
        ("photos", ("b.jpg", _jpeg("blue"), "image/jpeg")),
        ("photos", ("thu.txt", b"khong phai anh", "text/plain")),
    ]
    answer = await client.post(desk.photos, data={"csrf": token}, files=files)
    assert answer.status_code == 422
    assert "thu.txt: Không đọc được ảnh này." in answer.text
    async with database.session(SYSTEM) as session:
        assert len((await session.scalars(select(ProductPhoto))).all()) == 2
    page = await client.get(f"{DESK}/san-pham/{desk.tea.id}")
    source = re.search(r'src="(/media/pictures/[^"]+)"', page.text)
    assert source is not None
    assert (await client.get(source[1])).headers["content-type"] == "image/jpeg"


async def test_no_photo_chosen(client: httpx.AsyncClient, cast: Cast, desk: Desk, enter: Enter) -> None:
    token = await enter(cast.hoa)
    # As browsers send a file field that nobody touched.
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="photos"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )
    answer = await client.post(
        desk.photos, content=body.encode(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 422
    assert "Chưa chọn ảnh nào" in answer.text


async def test_addresses_stay_typed_when_one_is_wrong(
    client: httpx.AsyncClient, cast: Cast, desk: Desk, enter: Enter
) -> None:
    token = await enter(cast.hoa)
    typed = "https://vidu.vn/a.jpg\r\nanh-cua-toi.jpg"
    wrong = await client.post(f"{desk.photos}/duong-dan", data={"csrf": token, "urls": typed})
    assert wrong.status_code == 422
    assert "anh-cua-toi.jpg: Chỉ mở đường dẫn bắt đầu bằng http" in wrong.text
    assert "https://vidu.vn/a.jpg\nanh-cua-toi.jpg" in wrong.text.replace("\r\n", "\n")
    right = await client.post(
        f"{desk.photos}/duong-dan", data={"csrf": token, "urls": "https://vidu.vn/a.jpg"}
    )
    assert right.status_code == 303
    page = await client.get(desk.photos)
    assert "Đang tải" in page.text
    drop = re.search(r'action="([^"]+/duong-dan/[0-9a-f-]+)"', page.text)
    assert drop is not None
    await client.post(drop[1], data={"csrf": token, "viec": "bo"})
    assert "https://vidu.vn/a.jpg" not in (await client.get(desk.photos)).text


async def test_the_form_token_of_a_page_left_open_can_be_asked_for(
    client: httpx.AsyncClient, cast: Cast, desk: Desk, enter: Enter
) -> None:
    assert (await client.get("/api/v1/session")).status_code == 401
    token = await enter(cast.hoa)
    session = (await client.get("/api/v1/session")).json()
    assert (session["csrf_token"], session["user"]["id"]) == (token, str(cast.hoa.id))
    assert f'data-owner="{cast.hoa.id}"' in (await client.get(desk.photos)).text


class TestStory:
    async def test_told_by_one_typed_by_her_helper(
        self, client: httpx.AsyncClient, cast: Cast, desk: Desk, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        sent = await client.post(
            desk.story, data={"csrf": token}, files={"recording": ("ke.m4a", M4A, "audio/x-m4a")}
        )
        assert sent.status_code == 303
        token = await enter(cast.lan)
        page = await client.get(desk.story)
        source = re.search(r'<audio[^>]* src="([^"]+)"', page.text)
        assert source is not None
        heard = await client.get(source[1])
        assert heard.content == M4A
        assert heard.headers["content-type"] == "audio/mp4"
        assert heard.headers["cache-control"] == "private, no-store"
        revision = re.search(r'name="revision" value="(\d+)"', page.text)
        assert revision is not None
        words = {"csrf": token, "revision": revision[1], "story": "Bà nội hái búp trên núi từ năm 1980."}
        assert (await client.post(f"{desk.story}/chu", data=words)).status_code == 303
        async with database.session(SYSTEM) as session:
            assert (await session.get_one(Product, desk.tea.id)).story == words["story"]

        late = await client.post(f"{desk.story}/chu", data=words | {"story": "Bản khác"})
        assert late.status_code == 422
        assert "Bà nội hái búp" in late.text
        assert "Bản khác" in late.text

        await enter(cast.binh)
        assert (await client.get(source[1])).status_code == 404

    @pytest.mark.parametrize(
        ("asked", "status", "part", "content_range"),
        [
            ("bytes=0-", 200, slice(None), None),
            ("bytes=10-19", 206, slice(10, 20), "bytes 10-19/212"),
            ("bytes=200-999", 206, slice(200, 212), "bytes 200-211/212"),
            ("bytes=900-", 200, slice(None), None),
            ("bytes=5-1", 200, slice(None), None),
            ("bytes=-5", 200, slice(None), None),
            ("lines=1-2", 200, slice(None), None),
        ],
    )
    async def test_ranges(
        self,
        client: httpx.AsyncClient,
        recording: str,
        asked: str,
        status: int,
        part: slice,
        content_range: str | None,
    ) -> None:
        answer = await client.get(recording, headers={"Range": asked})
        assert answer.status_code == status
        assert answer.content == M4A[part]
        assert answer.headers.get("content-range") == content_range

    @pytest.fixture
    async def recording(self, client: httpx.AsyncClient, cast: Cast, desk: Desk) -> str:
        await sign_in(client, cast.hoa)
        base = f"/api/v1/products/{desk.tea.id}/recordings"
        sent = await client.post(base, files={"recording": ("ke.m4a", M4A)})
        return f"{base}/{sent.json()['id']}/audio"

    async def test_a_picture_is_no_story(
        self, client: httpx.AsyncClient, cast: Cast, desk: Desk, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        files = {"recording": ("ke.m4a", _jpeg("red"), "audio/mp4")}
        answer = await client.post(desk.story, data={"csrf": token}, files=files)
        assert answer.status_code == 422
        assert "Không nghe được tệp này" in answer.text
