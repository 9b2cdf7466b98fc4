"""Vietnamese stands in the templates, English in ``locale/en/LC_MESSAGES/hub.po``.

What a buyer sees after scanning a label is in Chinese too (``locale/zh``); the rest of the house is not.

The .po is read when the process starts, so there is no compiled file to forget. A text with a literal
per cent sign writes it ``%%``: filling the places in always runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, get_args

from babel.messages.pofile import read_po

from ocop_hub.kit.headers import LONGEST_WISH, languages, names_a_language
from ocop_hub.web.format import Lang

LOCALE_DIR: Final = Path(__file__).parent / "locale"
#: The languages of every page.
LANGUAGES: Final[tuple[Lang, ...]] = ("vi", "en")
#: The languages of a buyer's page.
BUYER_LANGUAGES: Final[tuple[Lang, ...]] = get_args(Lang)
LANGUAGE_COOKIE: Final = "lang"


def N_(msgid: str) -> str:
    """Mark a Vietnamese text for translation where it is declared; it is translated where it is shown."""
    return msgid


class Catalog:
    """The texts of one language. A text that is not in it stays Vietnamese."""

    def __init__(self, singular: Mapping[str, str], plural: Mapping[str, tuple[str, str]]) -> None:
        self._singular = singular
        self._plural = plural

    @property
    def singular(self) -> Mapping[str, str]:
        """Every text that has no plural."""
        return self._singular

    def gettext(self, msgid: str) -> str:
        """The text for ``msgid``."""
        return self._singular.get(msgid, msgid)

    def ngettext(self, msgid: str, msgid_plural: str, count: int) -> str:
        """The text for a count; Vietnamese has one form for all."""
        forms = self._plural.get(msgid)
        if forms is None:
            return msgid if count == 1 else msgid_plural
        return forms[0] if count == 1 else forms[1]


@lru_cache
def catalog(lang: Lang, domain: str = "hub") -> Catalog:
    """The texts of ``lang``, read once per process. ``domain``: pages (``hub``) or refusals."""
    singular: dict[str, str] = {}
    plural: dict[str, tuple[str, str]] = {}
    path = LOCALE_DIR / lang / "LC_MESSAGES" / f"{domain}.po"
    if path.is_file():
        with path.open("rb") as source:
            messages = read_po(source, locale=lang)
        for message in messages:
            match message.id, message.string:
                case (str(first), str(_)), (str(one), str(many)):
                    plural[first] = (one, many)
                case str(msgid), str(text) if msgid and text:
                    singular[msgid] = text
                case _:
                    continue  # the header, or a text still without a translation: it stays Vietnamese
    return Catalog(singular, plural)


def translate(lang: Lang, msgid: str, **values: object) -> str:
    """``msgid`` in ``lang`` with its ``%(name)s`` filled in; for texts made in Python."""
    return catalog(lang).gettext(msgid) % values


def pick_language(
    *,
    chosen: str | None = None,
    cookie: str | None = None,
    accept: str | None = None,
    among: Sequence[Lang] = LANGUAGES,
) -> Lang:
    """The page's language: the one asked for in the address, else the remembered one, else the browser's.

    ``accept`` is the Accept-Language header (RFC 9110 §12.5.4). Who wishes only other languages is given English,
    who names none Vietnamese.
    """
    for wish in (chosen, cookie):
        if found := next((each for each in among if each == wish), None):
            return found
    header = (accept or "")[:LONGEST_WISH]
    for wish in languages(header):
        if found := next((each for each in among if each == wish), None):
            return found
    return "en" if names_a_language(header) and "en" in among else "vi"
