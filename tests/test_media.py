"""Pictures as phones send them, and files that only say they are pictures."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from struct import pack

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from pillow_heif import from_pillow

from ocop_hub.media import Media, MediaNotFound, NotAPicture, PictureTooLarge, open_media
from ocop_hub.settings import Settings


def photo(
    size: tuple[int, int] = (1200, 800), kind: str = "JPEG", *, orientation: int = 1, mode: str = "RGB"
) -> bytes:
    """A photo whose left half is red and right half blue, with a GPS place and a camera's name in its EXIF."""
    picture = Image.new(mode, size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x0110] = "MayAnhCuaHoa"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (21.0, 3.0, 4.5)
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.fixture
def media() -> Media:
    return Media.in_memory()


class TestPutPicture:
    async def test_kept_as_jpeg_within_1600_px(self, media: Media) -> None:
        kept = await media.put_picture(photo((4000, 3000)))
        picture = opened(await media.read(kept.key))
        assert (kept.width, kept.height) == picture.size == (1600, 1200)
        assert picture.format == "JPEG"
        assert kept.size_bytes == len(await media.read(kept.key))

    async def test_small_copies(self, media: Media) -> None:
        kept = await media.put_picture(photo((1000, 500)))
        assert opened(await media.read_picture(kept.key, 320)).size == (320, 160)
        assert opened(await media.read_picture(kept.key, 800)).size == (800, 400)
        tiny = await media.put_picture(photo((200, 100)))
        assert opened(await media.read_picture(tiny.key, 320)).size == (200, 100)

    async def test_turned_upright(self, media: Media) -> None:
        kept = await media.put_picture(photo((600, 400), orientation=6))
        picture = opened(await media.read(kept.key))
        assert picture.size == (400, 600)
        top = picture.getpixel((200, 50))
        assert isinstance(top, tuple)
        assert top[0] > 200  # the red half, left in the file, is on top of the upright picture

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    async def test_the_place_and_the_camera_are_gone(self, media: Media, kind: str) -> None:
        content = photo(kind=kind)
        assert b"MayAnhCuaHoa" in content
        kept = await media.put_picture(content)
        stored = await media.read(kept.key)
        assert b"MayAnhCuaHoa" not in stored
        assert b"Exif" not in stored
        assert dict(opened(stored).getexif()) == {}

    async def test_heic_of_a_telephone(self, media: Media) -> None:
        out = io.BytesIO()
        from_pillow(Image.new("RGB", (640, 480), "green")).save(out, format="HEIF")
        kept = await media.put_picture(out.getvalue())
        assert (kept.width, kept.height) == (640, 480)

    async def test_heic_is_turned_and_loses_its_place(self, media: Media) -> None:
        exif = Image.Exif()
        exif[0x0112], exif[0x0110] = 6, "MayAnhCuaHoa"
        exif.get_ifd(0x8825)[2] = (21.0, 3.0, 4.5)
        out = io.BytesIO()
        from_pillow(Image.new("RGB", (640, 480), "green")).save(out, format="HEIF", exif=exif.tobytes())
        assert b"MayAnhCuaHoa" in out.getvalue()
        kept = await media.put_picture(out.getvalue())
        stored = await media.read(kept.key)
        assert b"MayAnhCuaHoa" not in stored
        assert dict(opened(stored).getexif()) == {}

    async def test_a_jpeg_that_leads_several_pictures(self, media: Media) -> None:
        """As phones write depth or motion: MPO, the taken photo first."""
        out = io.BytesIO()
        first, second = Image.new("RGB", (300, 200), "red"), Image.new("RGB", (30, 20), "blue")
        first.save(out, "MPO", save_all=True, append_images=[second])
        kept = await media.put_picture(out.getvalue())
        assert (kept.width, kept.height) == (300, 200)

    async def test_transparent_becomes_white(self, media: Media) -> None:
        out = io.BytesIO()
        Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "PNG")
        kept = await media.put_picture(out.getvalue())
        assert opened(await media.read(kept.key)).getpixel((20, 20)) == (255, 255, 255)

    @pytest.mark.parametrize("mode", ["L", "CMYK"])
    async def test_other_colour_modes(self, media: Media, mode: str) -> None:
        out = io.BytesIO()
        Image.new(mode, (30, 20)).save(out, "JPEG")
        assert (await media.put_picture(out.getvalue())).width == 30

    async def test_the_same_photo_is_kept_once(self, media: Media) -> None:
        assert await media.put_picture(photo()) == await media.put_picture(photo())


class TestRefusedPictures:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"day khong phai anh",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"%PDF-1.7",
            b"\xff\xd8\xff\xe0" + b"\x00" * 200,
            b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        ],
    )
    async def test_no_picture(self, media: Media, content: bytes) -> None:
        with pytest.raises(NotAPicture, match="JPG"):
            await media.put_picture(content)

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "Tệp rỗng"),
            (b"%PDF-1.7 anh.jpg", "tệp PDF"),
            (
                b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
                "hình vẽ SVG",
            ),
            (b"\xff\xd8\xff\xe0" + b"\x00" * 200, "chưa tải về hết"),
            (b"day khong phai anh", "Không đọc được ảnh này."),
        ],
    )
    async def test_what_it_is_instead_is_said(self, media: Media, content: bytes, sentence: str) -> None:
        with pytest.raises(NotAPicture, match=sentence):
            await media.put_picture(content)

    @pytest.mark.parametrize("kind", ["WEBP", "GIF"])
    async def test_a_moving_picture(self, media: Media, kind: str) -> None:
        frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
        with pytest.raises(NotAPicture, match="ảnh động"):
            await media.put_picture(out.getvalue())

    async def test_half_a_picture(self, media: Media) -> None:
        content = photo()
        with pytest.raises(NotAPicture):
            await media.put_picture(content[: len(content) // 2])

    async def test_a_pixel_bomb_is_refused_before_it_is_unpacked(self, media: Media) -> None:
        """30,000 × 30,000 one-bit pixels in a few bytes: 900 million once unpacked."""

        def chunk(name: bytes, data: bytes) -> bytes:
            return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

        header = pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
            + chunk(b"IEND", b"")
        )
        with pytest.raises(PictureTooLarge, match="điểm ảnh"):
            await media.put_picture(bomb)

    async def test_51_megapixels_say_why(self, media: Media) -> None:
        out = io.BytesIO()
        Image.new("1", (10_200, 5_000)).save(out, "PNG")
        with pytest.raises(PictureTooLarge, match="10200 × 5000"):
            await media.put_picture(out.getvalue())

    async def test_more_bytes_than_the_cap(self, media: Media) -> None:
        with pytest.raises(PictureTooLarge, match="20 MB"):
            await media.put_picture(b"\xff\xd8" + b"\x00" * 20_000_001)


class TestFiles:
    async def test_a_file_comes_back_as_it_came(self, settings: Settings) -> None:
        media = open_media(settings)
        key = await media.put_file("tên;giá".encode(), "imports", suffix=".CSV")
        assert key.startswith("imports/")
        assert key.endswith(".csv")
        assert await media.read(key) == "tên;giá".encode()
        assert (Path(settings.data_dir) / "media" / key).is_file()

    async def test_a_suffix_cannot_lead_elsewhere(self, media: Media) -> None:
        key = await media.put_file(b"x", "imports", suffix="/../../x.sh")
        assert ".." not in key

    async def test_missing(self, settings: Settings) -> None:
        for media in (Media.in_memory(), open_media(settings)):
            with pytest.raises(MediaNotFound):
                await media.read("pictures/00/khong-co.jpg")


class TestRanges:
    async def test_a_part_of_a_file(self, media: Media) -> None:
        key = await media.put_file(b"0123456789", "spoken", suffix=".m4a")
        assert await media.read_range(key, 2, 5) == b"234"
        with pytest.raises(MediaNotFound):
            await media.read_range("spoken/00/khong-co.m4a", 0, 1)


class TestRoute:
    async def test_a_picture_for_ever(self, client: httpx.AsyncClient, app: FastAPI) -> None:
        kept = await app.state.media.put_picture(photo((1000, 500)))
        answer = await client.get(f"/media/{kept.key}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        small = await client.get(f"/media/{kept.key}?w=320")
        assert opened(small.content).size == (320, 160)

    async def test_only_pictures_are_served(self, client: httpx.AsyncClient, app: FastAPI) -> None:
        key = await app.state.media.put_file(b"<script>", "imports", suffix=".html")
        for path in (key, "pictures/../secret.key", "pictures/%2e%2e/secret.key"):
            assert (await client.get(f"/media/{path}")).status_code == 404


class TestForgetUnused:
    async def test_with_its_small_copies_and_only_what_is_old_and_named_nowhere(
        self, settings: Settings
    ) -> None:
        media = open_media(settings)
        shown, taken_off = await media.put_picture(photo()), await media.put_picture(photo(mode="L"))
        folder = settings.data_dir / "media"
        two_days_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
        for file in folder.rglob("*.jpg"):
            os.utime(file, (two_days_ago, two_days_ago))
        just_now = await media.put_picture(photo((400, 400)))
        papers = await media.put_file(b"%PDF-", "papers", suffix=".pdf")
        asked: list[Collection[str]] = []

        async def used(keys: Collection[str]) -> set[str]:
            asked.append(keys)
            return {shown.key}

        yesterday = datetime.now(UTC) - timedelta(days=1)
        assert await media.forget_unused("pictures", used, written_before=yesterday) == 3
        assert asked == [{shown.key, taken_off.key}]
        assert await media.read_picture(shown.key, 320)
        assert await media.read(just_now.key)
        assert await media.read(papers)
        with pytest.raises(MediaNotFound):
            await media.read(taken_off.key)
        assert await media.forget_unused("pictures", used, written_before=yesterday) == 0

    async def test_an_empty_store(self) -> None:
        async def used(keys: Collection[str]) -> set[str]:
            return set(keys)

        assert await Media.in_memory().forget_unused("spoken", used, written_before=datetime.now(UTC)) == 0
