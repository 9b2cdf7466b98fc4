"""Refusals in the page's language.

The rooms below raise them as whole Vietnamese sentences with names and numbers in them, for programs as for people.
So their English is found by the sentence: as it stands, else by the places where something was filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import catalog

DOMAIN: Final = "refusals"
_PLACE: Final = re.compile(r"%\((\w+)\)s")


@lru_cache
def refusals(lang: Lang) -> Refusals:
    """Those of ``lang``, read once per process; none where the house does not say refusals in it."""
    return Refusals(catalog(lang, DOMAIN).singular)


class Refusals:
    """Vietnamese sentences, ``%(1)s`` where something is filled in, with what they are in another language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._whole = {said: other for said, other in texts.items() if not _PLACE.search(said)}
        filled = [said for said in texts if _PLACE.search(said)]
        # The one that says most itself is tried first: a shorter one may fit by swallowing more.
        filled.sort(key=lambda said: -len(_PLACE.sub("", said)))
        self._filled = [(_pattern(said), texts[said]) for said in filled]

    def told(self, sentence: str) -> str:
        """The sentence in the language; one that is not known stays as it is."""
        if whole := self._whole.get(sentence):
            return whole
        for pattern, other in self._filled:
            if found := pattern.fullmatch(sentence):
                # What was filled in may be a refusal of its own.
                return other % {f"{at}": self.told(value) for at, value in enumerate(found.groups(), start=1)}
        return sentence


def _pattern(said: str) -> re.Pattern[str]:
    literal = [re.escape(part.replace("%%", "%")) for part in _PLACE.split(said)[::2]]
    return re.compile("(.+?)".join(literal), re.S)


def told(sentence: str, lang: Lang) -> str:
    """A refusal in the page's language. A filter of the templates: ``{{ error.problem|refusal }}``."""
    if lang == "vi":
        return sentence
    shown = catalog(lang).gettext(sentence)
    return shown if shown != sentence else refusals(lang).told(sentence)
