"""What stands in a public page's head for those who do not read it: search engines, and Zalo and Facebook's cards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import LANGUAGES
from ocop_hub.web.shell import Link

#: Search engines and cards show about so many characters of a description.
LONGEST_DESCRIPTION: Final = 200
_LOCALES: Final[Mapping[Lang, str]] = {"vi": "vi_VN", "en": "en_US"}


NO_DATA: Final = Markup()


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A picture with its absolute address and size, as cards want it."""

    src: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class PageHead:
    """Handed to ``macros/head.html``. ``data``: JSON-LD, escaped to stand inside a script element."""

    title: str
    description: str
    canonical: str
    locale: str
    #: Language → the page in it; ``x-default`` is the one that asks the browser.
    alternates: Mapping[str, str] = field(default_factory=dict)
    picture: CardPicture | None = None
    data: Markup = NO_DATA
    #: False for what is no page of its own: the answer to a search.
    index: bool = True


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A page under the installation's public address."""

    base: str
    path: str
    lang: Lang

    def head(
        self,
        title: str,
        description: str,
        *,
        picture: CardPicture | None = None,
        about: Sequence[Mapping[str, Any]] = (),
        crumbs: Sequence[Link] = (),
        query: Mapping[str, str] | None = None,
        index: bool = True,
    ) -> PageHead:
        """The head. ``about``: schema.org objects of the page; ``query``: what belongs to its address."""
        kept = {name: value for name, value in (query or {}).items() if value}
        graph = [*about, self._breadcrumbs(crumbs)] if crumbs else list(about)
        return PageHead(
            title=title,
            description=shortened(description),
            canonical=self._address({**kept, "lang": self.lang}),
            locale=_LOCALES.get(self.lang, _LOCALES["vi"]),
            alternates={
                **{each: self._address({**kept, "lang": each}) for each in LANGUAGES},
                "x-default": self._address(kept),
            },
            picture=picture,
            data=data_block({"@context": "https://schema.org", "@graph": graph}) if graph else NO_DATA,
            index=index,
        )

    def absolute(self, path: str) -> str:
        """A path of ours under the public address."""
        return self.base + path

    def _address(self, query: Mapping[str, str]) -> str:
        # Vietnamese is what the bare address says to who asks for no language.
        said = {name: value for name, value in query.items() if (name, value) != ("lang", "vi")}
        return self.absolute(self.path) + (f"?{urlencode(said)}" if said else "")

    def _breadcrumbs(self, crumbs: Sequence[Link]) -> dict[str, Any]:
        return {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": n, "name": each.label, "item": self.absolute(each.href)}
                for n, each in enumerate(crumbs, start=1)
            ],
        }


def shortened(text: str) -> str:
    """One line that ends at a word, with … where something was left out."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_DESCRIPTION:
        return line
    return line[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def data_block(data: Mapping[str, Any]) -> Markup:
    """JSON for a ``<script type="application/ld+json">``: nothing in it can end the element."""
    text = json.dumps(data, ensure_ascii=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped
