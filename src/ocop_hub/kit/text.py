"""Vietnamese text: one written form, one key to match by, one key to sort by.

The database has no ICU collation, so matching and order rest on columns filled from here and compared
under ``COLLATE "C"``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Invisible characters that spreadsheets and chat programs leave inside words, and controls, among them
# NUL, which PostgreSQL refuses in text. White space is not here: ``clean`` turns it into single spaces.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u2060\ufeff]")
_NOT_WORD = re.compile(r"[\W_]+")

# đ has no decomposition; Ð (eth, as old Vietnamese fonts wrote it) is taken for it.
_STROKED = str.maketrans({"đ": "d", "ð": "d"})

_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
# The marks that make another letter of the alphabet. Both stand after "z" in ASCII, so "an" < "ăn" < "ân" < "b".
_SHAPES = {"\u0306": "{", "\u0302": "|", "\u031b": "{"}


def clean(text: str) -> str:
    """``text`` in NFC, without invisible characters, trimmed, inner white space as single spaces."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


#: Characters of a text whose key is kept: names come again and again, whole pages do not.
LONGEST_KEPT = 300


def fold(text: str) -> str:
    """The key under which two spellings of a name are the same name.

    Case, tones, marks, where the tone is put (Hòa, Hoà), NFC or NFD, đ or d, and punctuation make no
    difference. Words are separated by single spaces; text with no letter or digit gives ``""``.
    """
    return _folded_name(text) if len(text) <= LONGEST_KEPT else _folded(text)


@lru_cache(maxsize=16_384)
def _folded_name(text: str) -> str:
    return _folded(text)


def _folded(text: str) -> str:
    if text.isascii():
        bare = text.casefold()
    else:
        bare = "".join(c for c in _decomposed(text) if unicodedata.category(c)[0] != "M")
        bare = bare.translate(_STROKED)
    return _NOT_WORD.sub(" ", bare).strip()


@lru_cache(maxsize=4_096)
def sort_key(text: str) -> str:
    """An ASCII key whose byte order is the Vietnamese alphabetical order of ``text``.

    Letters first (a ă â b c d đ e ê … o ô ơ … u ư … y), word by word; where all letters agree, tones word
    by word: ngang, huyền, hỏi, ngã, sắc, nặng. Case, punctuation and the place of the tone do not count.
    Letters outside the Latin alphabet come last, by code point.
    """
    letters: list[str] = []
    tones: list[str] = []
    for word in _NOT_WORD.split(_recomposed(_decomposed(text))):
        if word:
            letter, tone = _word_key(word)
            letters.append(letter)
            tones.append(tone)
    # A shorter name must come before its continuations: " " < "-" < digits < letters.
    return "-".join(letters) + " " + "".join(tones)


def _decomposed(text: str) -> str:
    # Casefolding can yield composed letters, hence the second pass (Unicode, canonical caseless matching).
    visible = _INVISIBLE.sub("", text)
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", visible).casefold())


def _recomposed(text: str) -> str:
    # Combining marks are no word characters, so words are split while letters are whole; a mark that
    # joins nothing is dropped.
    whole = unicodedata.normalize("NFC", text)
    return "".join(c for c in whole if unicodedata.category(c)[0] != "M")


def _word_key(word: str) -> tuple[str, str]:
    out: list[str] = []
    tone = "0"
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tone = _TONES[char] if tone == "0" else tone
        elif char in _SHAPES:
            # ơ comes after ô, ư after u: the horn on an o is the second variant of its letter.
            out.append("}" if char == "\u031b" and out and out[-1] == "o" else _SHAPES[char])
        elif char in "đð":
            out.append("d{")
        elif char.isascii():
            out.append(char)
        elif unicodedata.category(char)[0] != "M":
            out.append(f"~{ord(char):06x}")
    return "".join(out), tone
