"""Vietnamese typed for the fonts of the time before Unicode, TCVN3 (ABC) and VNI, told apart and converted.

Such text is kept as characters of Latin-1 that only the old font shows as Vietnamese: ``MiÕn dong`` (TCVN3) and
``Mieán dong`` (VNI) are both "Miến dong". No mark in a file says so; what tells is that the words are no
Vietnamese syllables as they stand, and are after conversion.

Tables: TCVN 5712:1993 (VN3) as the .Vn* fonts carry it; VNI for Windows as the VNI-* fonts carry it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class LegacyFont(StrEnum):
    """The value is how people call the font."""

    TCVN3 = "TCVN3 (ABC)"
    VNI = "VNI"


#: TCVN3 has no capitals with a tone: the letters look large in the fonts whose names end in H.
_TCVN3_LETTERS = (
    "µà¸á¶ả·ã¹ạ¨ă»ằ¾ắ¼ẳ½ẵÆặ©âÇầÊấÈẩÉẫËậ®đÌèÐéÎẻÏẽÑẹªêÒềÕếÓểÔễÖệ×ìÝíØỉÜĩÞịßòãóáỏâõäọ«ôåồèốæổçỗéộ"
    "¬ơêờíớëởìỡîợïùóúñủòũôụ\u00adưõừøứöử÷ữùựúỳýýûỷüỹþỵ¡Ă¢Â§Đ£Ê¤Ô¥Ơ¦Ư"
)
_FROM_TCVN3: Mapping[str, str] = dict(zip(_TCVN3_LETTERS[::2], _TCVN3_LETTERS[1::2], strict=True))

_TONES = "\u0301\u0300\u0309\u0303\u0323"  # sắc huyền hỏi ngã nặng, the order of the strings below
_SHARP = (_TONES[0], _TONES[4])
_VNI_AFTER = {"": "ùøûõï", "\u0306": "êéèúüë", "\u0302": "âáàåãä"}


def _vni_table() -> dict[str, str]:
    table = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
    for base, before in (*((c, c) for c in "aeouy"), ("ơ", "ô"), ("ư", "ö")):
        for mark, tone in zip(_VNI_AFTER[""], _TONES, strict=True):
            table[before + mark] = unicodedata.normalize("NFC", base + tone)
    del table["yï"]  # ỵ has a code of its own
    for shape, bases in (("\u0306", "a"), ("\u0302", "aeo")):
        for base in bases:
            for mark, tone in zip(_VNI_AFTER[shape], ("", *_TONES), strict=True):
                table[base + mark] = unicodedata.normalize("NFC", base + shape + tone)
    return table


_LOWER_VNI = _vni_table()
_FROM_VNI: Mapping[str, str] = {
    **{code[0].upper() + tail: out.upper() for code, out in _LOWER_VNI.items() for tail in {code[1:], code[1:].upper()}},
    **_LOWER_VNI,
}  # fmt: skip
_VNI_CODE = re.compile("|".join(sorted(map(re.escape, _FROM_VNI), key=len, reverse=True)))

# A word may begin or end with a code that is a symbol elsewhere (®, «), so only these part words.
_WORDS = re.compile(r"[^\s!-/:-@\[-`{-~0-9]+")
_BEYOND_LATIN1 = re.compile(r"[^\x00-\xff]")

_ONSET = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx]"
#: Rhymes without their end, each with the places where the tone may stand.
_VOWELS: Mapping[str, str] = {
    **dict.fromkeys(("a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"), "0"),
    **dict.fromkeys(("ai", "ao", "au", "ay", "âu", "ây", "eo", "êu", "iu", "oi", "ôi", "ơi", "ui", "ưi", "ưu"), "0"),
    **dict.fromkeys(("ia", "ua", "ưa"), "0"),
    **dict.fromkeys(("iê", "yê", "uô", "ươ", "iêu", "yêu", "uôi", "ươi", "ươu"), "1"),
    **dict.fromkeys(("oa", "oe", "uy", "uê", "uơ", "uâ", "oă", "oo"), "01"),
    **dict.fromkeys(("oai", "oay", "oeo", "oao", "uây", "uya", "uyu"), "1"),
    "uyê": "2",
}  # fmt: skip
_NEEDS_END = frozenset({"ă", "â", "iê", "yê", "uô", "ươ", "uâ", "oă", "oo", "uyê"})
_BEFORE_NH_CH = frozenset({"a", "ê", "i", "y", "oa", "uê", "uy"})
#: Rhymes that end in a stop are said with sắc or nặng only.
_STOPS = frozenset({"c", "ch", "k", "p", "t"})
_SYLLABLE = re.compile(f"(?:{_ONSET})?(?P<vowels>[aăâeêioôơuưy]{{1,3}})(?P<end>ng|nh|ch|[ckmnpt])?")


def to_unicode(text: str, font: LegacyFont) -> str:
    """``text`` as the font shows it, in NFC. A word in capitals gets capitals with tones, as it was meant."""
    if font is LegacyFont.VNI:
        return _VNI_CODE.sub(lambda code: _FROM_VNI[code[0]], text)
    return _WORDS.sub(lambda word: _word_of_tcvn3(word[0]), text)


def _word_of_tcvn3(word: str) -> str:
    out = "".join(_FROM_TCVN3.get(c, c) for c in word)
    plain = [c for c in word if c.isascii() and c.isalpha()]
    return out.upper() if len(plain) > 1 and all(c.isupper() for c in plain) else out


@lru_cache(maxsize=16_384)
def is_syllable(word: str) -> bool:
    """Whether ``word`` is written as a Vietnamese syllable can be: letters, one tone at most, in its place."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    bare, tone, tone_at = "", "", -1
    for letter in unicodedata.normalize("NFC", word.lower()):
        parts = unicodedata.normalize("NFD", letter)
        tones = [c for c in parts if c in _TONES]
        if tones and tone_at >= 0:
            return False
        tone, tone_at = (tones[0], len(bare)) if tones else (tone, tone_at)
        bare += unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
    return any(_fits(match, tone, tone_at) for match in _readings(bare))


def _readings(bare: str) -> list[re.Match[str]]:
    # "gì" and "quốc" begin with gi and qu only when vowels are left for the rhyme.
    found = [_SYLLABLE.fullmatch(bare)]
    if bare.startswith("gi"):
        found.append(_SYLLABLE.fullmatch(bare, 1))
    return [match for match in found if match is not None]


def _fits(match: re.Match[str], tone: str, tone_at: int) -> bool:
    vowels, end = match["vowels"], match["end"]
    places = _VOWELS.get(vowels)
    if places is None or (vowels in _NEEDS_END and not end):
        return False
    if (end in ("nh", "ch") and vowels not in _BEFORE_NH_CH) or (end in _STOPS and tone not in _SHARP):
        return False
    return tone_at < 0 or str(tone_at - match.start("vowels")) in places


@dataclass(frozen=True, slots=True)
class Reading:
    """A text typed for an old font, and what it says."""

    font: LegacyFont
    text: str


@lru_cache(maxsize=16_384)
def _scores(text: str) -> tuple[float, float, float]:
    """Shares of telling words that are syllables: as they stand, as TCVN3, as VNI. Zeros where none tells."""
    words = [w for w in _WORDS.findall(text) if not w.isascii() and len(w) > 1]
    if not words:
        return 0.0, 0.0, 0.0
    versions = (words, *([to_unicode(w, font) for w in words] for font in LegacyFont))
    as_is, tcvn3, vni = (sum(map(is_syllable, version)) / len(words) for version in versions)
    return as_is, tcvn3, vni


def detect(text: str) -> LegacyFont | None:
    """The old font for which ``text`` was typed, where the text tells by itself."""
    if text.isascii() or _BEYOND_LATIN1.search(text):
        return None
    as_is, tcvn3, vni = _scores(text)
    best, font = max((tcvn3, LegacyFont.TCVN3), (vni, LegacyFont.VNI), key=lambda each: each[0])
    telling = as_is <= 0.5 or best == 1.0
    return font if best >= 0.8 and as_is < best and telling else None


def read_column(cells: Sequence[object]) -> dict[int, Reading]:
    """Which cells of a column were typed for an old font, by index, and what they say.

    A short word may be Vietnamese in both ways (``chã``: "chã" or, in TCVN3, "chó"); then most of its column
    decides.
    """
    told: dict[int, LegacyFont] = {}
    open_cells: list[int] = []
    unicode_cells = 0
    for index, cell in enumerate(cells):
        if not isinstance(cell, str) or cell.isascii():
            continue
        if _BEYOND_LATIN1.search(cell):
            unicode_cells += 1
        elif font := detect(cell):
            told[index] = font
        else:
            open_cells.append(index)
    fonts = list(told.values())
    if len(fonts) > unicode_cells:
        font = max(LegacyFont, key=fonts.count)
        told |= {index: font for index in open_cells if _may_be(str(cells[index]), font)}
    return {n: Reading(font, to_unicode(str(cells[n]), font)) for n, font in sorted(told.items())}


def _may_be(text: str, font: LegacyFont) -> bool:
    _, tcvn3, vni = _scores(text)
    alone = [word for word in _WORDS.findall(text) if not word.isascii()]
    if all(len(word) == 1 for word in alone):
        # As in "120.000®": of signs that stand alone, only the one for đồng is meant as a letter.
        return all(to_unicode(word, font) in ("đ", "Đ") for word in alone)
    return (tcvn3 if font is LegacyFont.TCVN3 else vni) >= 0.8


def looks_legacy(text: str) -> bool:
    """Whether a whole text file, read as Latin-1, was typed for an old font: some ten lines of it tell."""
    lines = [line for line in text.splitlines()[:200] if not line.isascii()]
    return sum(detect(line) is not None for line in lines) > len(lines) / 2
