"""Which of several links of one type is meant: media type first, then language (RFC 9110 §12.5), pure."""

from __future__ import annotations

from collections.abc import Sequence

from ocop_hub.kit.headers import languages, qualities
from ocop_hub.traceability.scans.linkset import Link
from ocop_hub.traceability.scans.resolver import LANGUAGES, Asked


def choose(links: Sequence[Link], asked: Asked, *, accept: str, accept_language: str) -> list[Link]:
    """The links that suit best; more than one only when nothing tells them apart (300).

    Who refuses every media type on offer is given one all the same: a label is never a dead end.
    """
    scores = [media_quality(accept, each.media_type) for each in links]
    best = [each for each, score in zip(links, scores, strict=True) if score == max(scores)]
    wishes = [asked.language, *languages(accept_language), *LANGUAGES]
    for wish in wishes:
        if spoken := [each for each in best if each.language == wish]:
            return spoken[:1]
    return best


def media_quality(accept: str, media_type: str) -> float:
    """The q that ``Accept`` gives a media type: the most specific range decides; no header takes all."""
    if not accept.strip():
        return 1.0
    ranges = dict(qualities(accept))
    for pattern in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if pattern in ranges:
            return ranges[pattern]
    return 0.0
