"""A product's photos: received once, in order, by address; and its story told by voice."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import OFFICER, acting_for, make_producer, make_product

from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue import queries, spoken
from ocop_hub.catalogue.errors import NotARecording, RecordingTooLarge, TooManyPhotos, TooManyRecordings
from ocop_hub.catalogue.merging import merge_products
from ocop_hub.catalogue.models import FetchState, PhotoFetch, Product, ProductPhoto, SpokenStory
from ocop_hub.catalogue.photo_urls import NotAnAddress, ask_again, ask_photos, drop, fetches_of
from ocop_hub.catalogue.photos import MAX_PHOTOS, change_photo, receive_photo, remove_photo
from ocop_hub.errors import NotFound
from ocop_hub.media import Media, NotAPicture

MEDIA = Media.in_memory()


def jpeg(colour: str = "red", size: tuple[int, int] = (60, 40)) -> bytes:
    """A small photo of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
async def product(session: AsyncSession) -> Product:
    return await make_product(session, await make_producer(session))


async def shown(session: AsyncSession, product: Product) -> list[ProductPhoto]:
    return list(await session.scalars(queries.photos_of(product.id)))


class TestReceivePhoto:
    async def test_the_answer_is_the_hash_of_what_was_sent(
        self, session: AsyncSession, product: Product
    ) -> None:
        content = jpeg()
        received = await receive_photo(session, OFFICER, MEDIA, product.id, content)
        assert received.sha256 == hashlib.sha256(content).hexdigest()
        assert received.size_bytes == len(content)
        assert received.photo.sha256 != received.sha256  # what is kept was re-encoded

    async def test_the_same_bytes_again_are_the_same_photo(
        self, session: AsyncSession, product: Product
    ) -> None:
        first = await receive_photo(session, OFFICER, MEDIA, product.id, jpeg())
        again = await receive_photo(session, OFFICER, MEDIA, product.id, jpeg())
        assert (first.photo.id, first.sha256) == (again.photo.id, again.sha256)
        assert len(await shown(session, product)) == 1

    async def test_other_bytes_that_come_to_the_same_picture_are_told_their_own_hash(
        self, session: AsyncSession, product: Product
    ) -> None:
        content = jpeg()
        first = await receive_photo(session, OFFICER, MEDIA, product.id, content)
        padded = content + b"\x00"
        again = await receive_photo(session, OFFICER, MEDIA, product.id, padded)
        assert again.photo.id == first.photo.id
        assert again.sha256 == hashlib.sha256(padded).hexdigest()

    async def test_no_more_than_twenty(self, session: AsyncSession, product: Product) -> None:
        for n in range(MAX_PHOTOS):
            await receive_photo(session, OFFICER, MEDIA, product.id, jpeg(f"#{n * 12:02x}0000"))
        with pytest.raises(TooManyPhotos, match="20"):
            await receive_photo(session, OFFICER, MEDIA, product.id, jpeg("blue"))

    async def test_a_bad_picture_leaves_the_product_as_it_was(
        self, session: AsyncSession, product: Product
    ) -> None:
        with pytest.raises(NotAPicture):
            await receive_photo(session, OFFICER, MEDIA, product.id, b"%PDF-1.7")
        assert await shown(session, product) == []

    async def test_a_merged_product_takes_none(self, session: AsyncSession, product: Product) -> None:
        producer = await make_producer(session, "HTX Hai")
        one, other = (
            await make_product(session, producer, "Một"),
            await make_product(session, producer, "Hai"),
        )
        await session.flush()
        await merge_products(session, OFFICER, one.id, other.id)
        with pytest.raises(NotFound, match="không có quyền sửa"):
            await receive_photo(session, OFFICER, MEDIA, one.id, jpeg())

    async def test_not_for_a_stranger_to_the_product(self, session: AsyncSession, product: Product) -> None:
        other = acting_for(await make_producer(session, "HTX Khác"))
        with pytest.raises(NotFound):
            await receive_photo(session, other, MEDIA, product.id, jpeg())


class TestOrder:
    @pytest.fixture
    async def three(self, session: AsyncSession, product: Product) -> list[ProductPhoto]:
        for colour in ("red", "green", "blue"):
            await receive_photo(session, OFFICER, MEDIA, product.id, jpeg(colour))
        return await shown(session, product)

    @pytest.mark.parametrize(
        ("which", "to", "order"),
        [(2, 0, [2, 0, 1]), (0, 1, [1, 0, 2]), (0, 19, [1, 2, 0]), (1, 1, [0, 1, 2])],
    )
    async def test_a_photo_is_moved(
        self,
        session: AsyncSession,
        product: Product,
        three: list[ProductPhoto],
        which: int,
        to: int,
        order: list[int],
    ) -> None:
        await change_photo(session, OFFICER, product.id, three[which].id, position=to)
        now = await shown(session, product)
        assert [photo.id for photo in now] == [three[n].id for n in order]
        assert [photo.position for photo in now] == [0, 1, 2]

    async def test_a_caption_is_plain_text(
        self, session: AsyncSession, product: Product, three: list[ProductPhoto]
    ) -> None:
        said = await change_photo(session, OFFICER, product.id, three[0].id, caption="<b>Mặt  trước</b>")
        assert said.caption == "Mặt trước"

    async def test_removed_and_written_down(
        self, session: AsyncSession, product: Product, three: list[ProductPhoto]
    ) -> None:
        await remove_photo(session, OFFICER, product.id, three[0].id)
        now = await shown(session, product)
        assert [photo.position for photo in now] == [0, 1]
        written = AuditEntry.action == "catalogue.remove_photo"
        assert await session.scalar(select(func.count()).where(written)) == 1
        with pytest.raises(NotFound, match="đã được xóa"):
            await remove_photo(session, OFFICER, product.id, three[0].id)


class TestPhotoUrls:
    async def test_asked_once_and_seen_until_fetched(self, session: AsyncSession, product: Product) -> None:
        url = "https://vidu.vn/a.jpg"
        (asked,) = await ask_photos(session, OFFICER, product.id, [url, f" {url} ", ""])
        assert (asked.state, asked.url) == (FetchState.WAITING, url)
        assert await ask_photos(session, OFFICER, product.id, [url]) == []
        assert [each.id for each in await session.scalars(fetches_of(product.id))] == [asked.id]
        asked.state = FetchState.DONE
        assert list(await session.scalars(fetches_of(product.id))) == []

    async def test_a_failed_one_is_asked_again(self, session: AsyncSession, product: Product) -> None:
        (asked,) = await ask_photos(session, OFFICER, product.id, ["https://vidu.vn/a.jpg"])
        asked.state, asked.problem, asked.tries = FetchState.FAILED, "Không mở được", 3
        await session.flush()
        (again,) = await ask_photos(session, OFFICER, product.id, ["https://vidu.vn/a.jpg"])
        assert (again.id, again.state, again.problem, again.tries) == (asked.id, FetchState.WAITING, "", 0)
        again.state = FetchState.FAILED
        await ask_again(session, OFFICER, product.id, again.id)
        assert again.state is FetchState.WAITING
        await drop(session, OFFICER, product.id, again.id)
        assert await session.scalar(select(func.count()).select_from(PhotoFetch)) == 0

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://vidu.vn/a.jpg",
            "anh.jpg",
            "https://",
            "https://ten:mk@vidu.vn/a",
            "data:image/png;base64,AA",
        ],
    )
    async def test_what_is_no_address_is_named(
        self, session: AsyncSession, product: Product, url: str
    ) -> None:
        with pytest.raises(NotAnAddress) as refused:
            await ask_photos(session, OFFICER, product.id, ["https://vidu.vn/tot.jpg", url])
        assert url in refused.value.detail
        assert list(await session.scalars(fetches_of(product.id))) == []

    async def test_written_out_pictures_are_too_long(self, session: AsyncSession, product: Product) -> None:
        with pytest.raises(NotAnAddress, match="2000 ký tự"):
            await ask_photos(session, OFFICER, product.id, ["https://vidu.vn/" + "a" * 3_000])

    async def test_none_at_all(self, session: AsyncSession, product: Product) -> None:
        with pytest.raises(NotAnAddress, match="Chưa có đường dẫn"):
            await ask_photos(session, OFFICER, product.id, [" "])


def box(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x20ftyp" + brand + bytes(40)


class TestSpoken:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (box(b"M4A "), "audio/mp4"),
            (box(b"isom"), "audio/mp4"),
            (box(b"3gp4"), "audio/3gpp"),
            (b"ID3\x04" + bytes(20), "audio/mpeg"),
            (b"\xff\xfb\x90\x00" + bytes(20), "audio/mpeg"),
            (b"\xff\xf1\x50\x80" + bytes(20), "audio/aac"),
            (b"OggS\x00\x02" + bytes(20), "audio/ogg"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(20), "audio/webm"),
            (box(b"heic"), None),
            (box(b"avif"), None),
            (b"\xff\xd8\xff\xe0" + bytes(20), None),
            (b"<html>", None),
            (b"RIFF\x00\x00\x00\x00WEBP", None),
            (b"", None),
        ],
    )
    def test_kinds_are_read_from_the_bytes(self, content: bytes, kind: str | None) -> None:
        assert spoken.media_type_of(content) == kind

    async def test_kept_as_it_came_and_once(self, session: AsyncSession, product: Product) -> None:
        content = box(b"M4A ")
        first = await spoken.keep_recording(session, OFFICER, MEDIA, product.id, content)
        again = await spoken.keep_recording(session, OFFICER, MEDIA, product.id, content)
        assert first.id == again.id
        assert await MEDIA.read(first.media_key) == content
        assert first.media_key.endswith(".m4a")

    async def test_refused_with_a_sentence(self, session: AsyncSession, product: Product) -> None:
        with pytest.raises(NotARecording, match="M4A"):
            await spoken.keep_recording(session, OFFICER, MEDIA, product.id, jpeg())
        with pytest.raises(RecordingTooLarge, match="20 MB"):
            await spoken.keep_recording(session, OFFICER, MEDIA, product.id, b"OggS" + bytes(20_000_000))

    async def test_five_at_most_and_deleted(self, session: AsyncSession, product: Product) -> None:
        kept = [
            await spoken.keep_recording(session, OFFICER, MEDIA, product.id, box(b"M4A ") + bytes([n]))
            for n in range(spoken.MAX_RECORDINGS)
        ]
        with pytest.raises(TooManyRecordings):
            await spoken.keep_recording(session, OFFICER, MEDIA, product.id, box(b"M4B "))
        await spoken.remove_recording(session, OFFICER, product.id, kept[0].id)
        assert await session.scalar(select(func.count()).select_from(SpokenStory)) == 4

    async def test_only_those_who_act_for_the_product_hear_it(
        self, session: AsyncSession, product: Product
    ) -> None:
        story = await spoken.keep_recording(session, OFFICER, MEDIA, product.id, box(b"M4A "))
        other = acting_for(await make_producer(session, "HTX Khác"))
        with pytest.raises(NotFound):
            await spoken.get_recording(session, other, product.id, story.id)
