"""HTTP header values: wishes with weights as they come in, names of files as they go out."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from ocop_hub.kit.text import fold

#: Characters of an Accept-like header that are read, and kept with what they mean; browsers send some 200.
LONGEST_WISH = 1_000

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]*")


def saved_as(filename: str) -> dict[str, str]:
    """The header under which an answer is saved as ``filename``, which may hold any letter (RFC 6266).

    Readers that know no RFC 8187 are given the name without its marks.
    """
    if _PLAIN.fullmatch(filename):
        return {"Content-Disposition": f'attachment; filename="{filename}"'}
    stem, _, ending = filename.rpartition(".")
    plain = f"{fold(stem).replace(' ', '-') or 'tep'}.{fold(ending)}"
    said = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    return {"Content-Disposition": said}


@lru_cache(maxsize=1_024)
def weighted(header: str) -> tuple[tuple[str, float], ...]:
    """The values of an Accept-like header with their q, best first, refused ones (q=0) left out."""
    return tuple(sorted(((value, q) for value, q in qualities(header) if q > 0), key=lambda pair: -pair[1]))


@lru_cache(maxsize=1_024)
def qualities(header: str) -> tuple[tuple[str, float], ...]:
    """The values of an Accept-like header with their q, as they stand, refused ones too.

    A weight that is no number counts as refused (RFC 9110 §12.4.2).
    """
    found: list[tuple[str, float]] = []
    for part in header.split(","):
        value, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        weight = float(quality) if quality.isascii() and quality.replace(".", "", 1).isdecimal() else 0.0
        if value:
            found.append((value, weight))
    return tuple(found)


def languages(header: str) -> tuple[str, ...]:
    """The languages an ``Accept-Language`` wishes, best first, without their countries."""
    return tuple(tag.split("-")[0] for tag, _ in weighted(header))


def names_a_language(header: str) -> bool:
    """Whether an ``Accept-Language`` wishes some language by name, be it one that nobody here speaks."""
    return any(wish != "*" for wish in languages(header))
