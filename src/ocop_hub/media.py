"""Pictures and files, kept by their content in a local folder or an S3 bucket.

A picture that comes in is never served as it came: it is sniffed, measured before it is decoded, turned
upright, stripped of everything but its pixels (EXIF holds where a photo was taken) and written anew as JPEG.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import warnings
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import obstore
import structlog
from fastapi import Depends, Request
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url
from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from ocop_hub.errors import Malformed, NotFound
from ocop_hub.kit import looks
from ocop_hub.settings import Settings

log = structlog.get_logger(__name__)

#: Bytes of a picture as it comes in (MB = 10^6).
LARGEST_MB = 20
#: Pixels of a picture before decoding.
MOST_PIXELS = 50_000_000
#: Longest edge of what is kept, and of the smaller copies, in pixels.
LONGEST_EDGE = 1_600
THUMBNAIL_EDGES = (320, 800)
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF")

#: What no row names may still be on its way in: the file is written first, its row later.
UNUSED_AFTER = timedelta(days=1)
#: Keys looked up at once when what nobody names is forgotten.
_AT_ONCE = 1_000

_PICTURE_KEY = re.compile(r"pictures/[0-9a-f]{2}/[0-9a-f]{64}(\.\d{2,4})?\.jpg")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")

register_heif_opener(thumbnails=False)

T = TypeVar("T")


class NotAPicture(Malformed):
    code = "not-a-picture"
    title = "Tệp này không phải ảnh"


class PictureTooLarge(Malformed):
    code = "picture-too-large"
    title = "Ảnh quá lớn"


class MediaNotFound(NotFound):
    code = "media-not-found"


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture as kept: ``sha256`` is that of the re-encoded bytes, sizes in pixels and bytes."""

    key: str
    sha256: str
    width: int
    height: int
    size_bytes: int
    media_type: str = "image/jpeg"
    #: By which a copy is known again (``kit.looks``); empty where the picture is too plain.
    look: str = ""


@dataclass(frozen=True, slots=True)
class _Encoded:
    content: bytes
    width: int
    height: int
    #: Smaller copies by their longest edge; none where the picture is no larger.
    thumbnails: dict[int, bytes]
    look: str


class Media:
    """Where pictures and files are kept."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    @classmethod
    def in_memory(cls) -> Media:
        """A store that ends with the process."""
        return cls(MemoryStore())

    async def put_picture(self, content: bytes) -> StoredPicture:
        """Re-encode and keep a photo (JPEG, PNG, WebP, GIF, HEIC), with copies of 320 and 800 px.

        Raises :class:`NotAPicture` or :class:`PictureTooLarge`. The same photo twice is kept once.
        """
        encoded = await asyncio.to_thread(reencode, content)
        sha256 = hashlib.sha256(encoded.content).hexdigest()
        key = f"pictures/{sha256[:2]}/{sha256}.jpg"
        for edge, small in encoded.thumbnails.items():
            await self._put(thumbnail_key(key, edge), small)
        await self._put(key, encoded.content)
        return StoredPicture(
            key, sha256, encoded.width, encoded.height, len(encoded.content), look=encoded.look
        )

    async def put_file(self, content: bytes, prefix: str, *, suffix: str = "") -> str:
        """Keep a file as it came and return its key; ``suffix`` like ``.xlsx``. Never served under its key."""
        sha256 = hashlib.sha256(content).hexdigest()
        ending = suffix.lower() if _SUFFIX.fullmatch(suffix.lower()) else ""
        key = f"{prefix.strip('/')}/{sha256[:2]}/{sha256}{ending}"
        await self._put(key, content)
        return key

    async def read(self, key: str) -> bytes:
        """The bytes under ``key``. Raises :class:`MediaNotFound`."""
        try:
            found = await obstore.get_async(self.store, key)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError) as error:
            raise MediaNotFound("Không có ảnh hoặc tệp này.") from error

    async def read_picture(self, key: str, edge: int | None = None) -> bytes:
        """A picture, or its copy of ``edge`` px where the picture is larger than that."""
        if not _PICTURE_KEY.fullmatch(key):
            raise MediaNotFound("Không có ảnh này.")
        if edge in THUMBNAIL_EDGES:
            try:
                return await self.read(thumbnail_key(key, edge))
            except MediaNotFound:
                pass  # a picture no larger than this has no copy
        return await self.read(key)

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes ``start`` to before ``end`` of what is kept under ``key``. Raises :class:`MediaNotFound`."""
        try:
            return bytes(await obstore.get_range_async(self.store, key, start=start, end=end))
        except (NotFoundError, FileNotFoundError) as error:
            raise MediaNotFound("Không có ảnh hoặc tệp này.") from error

    async def forget_unused(
        self, folder: str, used: Callable[[Collection[str]], Awaitable[set[str]]], *, written_before: datetime
    ) -> int:
        """Delete what lies in ``folder``, was written before that moment and is named nowhere.

        ``used`` is given keys and returns those of them that something still names. Smaller copies of a picture
        stay and go with it. Returns how many files were deleted; what the store cannot do now is left for the
        next time.
        """
        gone = 0
        try:
            async for found in obstore.list(self.store, f"{folder}/", chunk_size=_AT_ONCE):
                old = {each["path"] for each in found if each["last_modified"] < written_before}
                if not old:
                    continue
                kept = await used({_whole(path) for path in old})
                unused = sorted(path for path in old if _whole(path) not in kept)
                if unused:
                    await obstore.delete_async(self.store, unused)
                gone += len(unused)
        except BaseError as error:
            log.warning("files that nobody names were not all deleted", folder=folder, error=repr(error))
        return gone

    async def _put(self, key: str, content: bytes) -> None:
        await obstore.put_async(self.store, key, content)


def thumbnail_key(key: str, edge: int) -> str:
    """The key of the smaller copy of a picture."""
    return f"{key.removesuffix('.jpg')}.{edge}.jpg"


def _whole(key: str) -> str:
    """The picture that a key is a smaller copy of; any other key is its own."""
    return re.sub(r"\.\d{2,4}\.jpg$", ".jpg", key)


def open_media(settings: Settings) -> Media:
    """The store that the settings name: a URL (``s3://bucket/prefix``), else ``data_dir/media``."""
    if settings.media_url:
        return Media(from_url(settings.media_url))
    folder = settings.data_dir / "media"
    folder.mkdir(parents=True, exist_ok=True)
    return Media(LocalStore(prefix=Path(folder).resolve()))


def media_of(request: Request) -> Media:
    """The process's store, as the application was wired."""
    media: Media = request.app.state.media
    return media


MediaDep = Annotated[Media, Depends(media_of)]


def reencode(content: bytes) -> _Encoded:
    """The picture as it will be kept. Heavy: call it off the event loop."""
    return _opened(content, _reencode)


def look_of(content: bytes) -> str:
    """What a picture that is not kept looks like (``kit.looks``), by the rules for one that is. Heavy as well.

    Raises :class:`NotAPicture` or :class:`PictureTooLarge`.
    """
    return _opened(content, lambda picture: looks.look_of(_upright(picture)))


def _opened(content: bytes, what: Callable[[Image.Image], T]) -> T:
    if len(content) > LARGEST_MB * 1_000_000:
        raise PictureTooLarge(f"Ảnh lớn hơn {LARGEST_MB} MB. Hãy chọn ảnh nhỏ hơn hoặc giảm chất lượng ảnh.")
    try:
        with warnings.catch_warnings():
            # Pillow warns about large pictures at its own limit; ours below is lower.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                return what(picture)
    except Image.DecompressionBombError as error:
        raise PictureTooLarge("Ảnh có quá nhiều điểm ảnh. Hãy thu nhỏ ảnh rồi gửi lại.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise NotAPicture(f"{_what_is_wrong(content)} {WANTED}") from error


WANTED = "Hãy gửi ảnh JPG, PNG, WebP hoặc HEIC."
#: How pictures begin; what begins so and still cannot be read was cut off on its way.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"RIFF")


def _what_is_wrong(content: bytes) -> str:
    """What the file is, as far as it shows, in the words of whoever chose it."""
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not content:
        return "Tệp rỗng, không có ảnh bên trong."
    if head.startswith(b"%PDF"):
        return "Đây là tệp PDF, không phải ảnh, dù tên tệp ghi thế nào."
    if b"<svg" in head.lower():
        return "Đây là hình vẽ SVG, không phải ảnh chụp."
    if head.startswith(_BEGINNINGS) or head[4:8] == b"ftyp":
        return "Không đọc được ảnh này: tệp bị hỏng hoặc chưa tải về hết."
    return "Không đọc được ảnh này."


def _upright(picture: Image.Image) -> Image.Image:
    """Measured before it is decoded; RGB, as it was held, not larger than needed to be kept."""
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise PictureTooLarge(
            f"Ảnh có {width} × {height} điểm ảnh, nhiều hơn 50 triệu. Hãy thu nhỏ ảnh rồi gửi lại."
        )
    # A HEIC or a JPEG of several pictures (bursts, depth) leads with the one that was taken; these two move.
    if picture.format in ("WEBP", "GIF") and getattr(picture, "is_animated", False):
        raise NotAPicture(f"Đây là ảnh động; sàn và tem chỉ nhận ảnh tĩnh. {WANTED}")
    # JPEG decodes straight to a smaller size: a 50-megapixel photo need not be unpacked whole.
    picture.draft("RGB", (LONGEST_EDGE * 2, LONGEST_EDGE * 2))
    return _flat(ImageOps.exif_transpose(picture))


def _reencode(picture: Image.Image) -> _Encoded:
    upright = _upright(picture)
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    thumbnails = {}
    for edge in THUMBNAIL_EDGES:
        if max(upright.size) > edge:
            small = upright.copy()
            small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
            thumbnails[edge] = _jpeg(small)
    return _Encoded(_jpeg(upright), upright.width, upright.height, thumbnails, looks.look_of(upright))


def _flat(picture: Image.Image) -> Image.Image:
    """RGB; what was transparent becomes white, as on a marketplace's page."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        with_alpha = picture.convert("RGBA")
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return flat
    return picture.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    # A fresh image carries pixels only: no EXIF, no GPS, no comment, no colour profile with a name in it.
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
