"""Finding products by what people type: marks, tones, đ or d, case and NFC or NFD make no difference.

A product is found when every word typed is one of its words: name, producer, place (today's and the former
ones, districts and provinces among them) and codes. The last word may be only begun. The words are kept by the
database (``products.search_words``) and asked through a view that its index can serve.
"""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy import Select, Uuid, cast, column, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from ocop_hub.kit.text import fold

#: The words of every product behind the same wall as ``products`` (the first migration says why a view).
PRODUCT_WORDS = table("product_words", column("product_id", Uuid()), column("words", TSVECTOR()))

#: More words than this narrow nothing further.
MOST_WORDS = 16
#: A lexeme of PostgreSQL holds 2,046 bytes; no name of ours comes near.
LONGEST_WORD = 100
_CODE = re.compile(r"[0-9][0-9 .-]{6,20}[0-9]")


def words_of(typed: str) -> list[str]:
    """The words of a search: folded; a bar code typed in groups is one word, without leading noughts."""
    text = typed.strip()
    if _CODE.fullmatch(text):
        digits = re.sub(r"[ .-]", "", text)
        return [digits.lstrip("0") or digits]
    return [word[:LONGEST_WORD] for word in fold(text).split()[:MOST_WORDS]]


def words_query(typed: str) -> str:
    """The search as PostgreSQL's tsquery; empty where nothing was typed that could be a word."""
    words = words_of(typed)
    # Words are letters and digits only, so a quote cannot occur in one.
    return " & ".join([*(f"'{word}'" for word in words[:-1]), *(f"'{word}':*" for word in words[-1:])])


def products_with(typed: str) -> Select[UUID]:
    """Ids of the products that hold every word of ``typed``; it must hold one (:func:`words_query`)."""
    asked = cast(literal(words_query(typed)), TSQUERY())
    return select(PRODUCT_WORDS.c.product_id).where(PRODUCT_WORDS.c.words.op("@@")(asked))
