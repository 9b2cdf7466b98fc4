"""The pack (bộ hồ sơ đăng sàn): what a person copies, named and ordered, as one zip file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.contract import Pack, PackFile, Picture

FIELDS_FILE = "noi-dung.txt"
STEPS_FILE = "huong-dan.txt"
#: The oldest moment a zip can say: the same pack then gives the same bytes.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def picture_files(pictures: Sequence[Picture], title: str) -> tuple[PackFile, ...]:
    """The photos in order, named so that they sort and are told apart in a phone's file list."""
    stem = fold(title).replace(" ", "-")[:40].strip("-") or "san-pham"
    return tuple(
        PackFile(f"anh-{number:02d}-{stem}.{_suffix(picture)}", picture.content)
        for number, picture in enumerate(pictures, start=1)
    )


def _suffix(picture: Picture) -> str:
    return "png" if picture.media_type == "image/png" else "jpg"


def fields_text(pack: Pack) -> str:
    """The fields as a text to copy from, in the order of the entry form."""
    return "\r\n\r\n".join(f"{label}:\r\n{text}" for label, text in pack.fields) + "\r\n"


def steps_text(pack: Pack) -> str:
    """The steps, numbered."""
    return "\r\n".join(f"{number}. {step}" for number, step in enumerate(pack.steps, start=1)) + "\r\n"


def zip_pack(pack: Pack) -> bytes:
    """One zip: the two texts (with a byte-order mark, for old Windows editors) and the files."""
    buffer = io.BytesIO()
    texts = ((STEPS_FILE, steps_text(pack)), (FIELDS_FILE, fields_text(pack)))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts:
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), text.encode("utf-8-sig"))
        for file in pack.files:
            archive.writestr(zipfile.ZipInfo(file.name, _ZIP_EPOCH), file.content)
    return buffer.getvalue()
