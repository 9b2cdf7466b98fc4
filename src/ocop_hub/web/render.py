"""Templates into pages: one Jinja environment per language, everything escaped, unknown names refused.

A language has its own environment so that macros, filters and texts all speak it without being handed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension, InternationalizationExtension
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ocop_hub.web import format as fmt
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import LANGUAGE_COOKIE, catalog, pick_language
from ocop_hub.web.labels import group_icon, label
from ocop_hub.web.refusals import told

STATIC_DIR: Final = Path(__file__).parent / "static"
STATIC_PREFIX: Final = "/static/"

#: What every page is sent with. Pages hold no inline script or style, so none is allowed.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_FILTERS: Final[dict[str, Callable[..., str]]] = {
    "number": fmt.number,
    "percent": fmt.percent,
    "points": fmt.points,
    "fraction": fmt.fraction,
    "money": fmt.money,
    "weight": fmt.weight,
    "day": fmt.day,
    "moment": fmt.moment,
    "ago": fmt.ago,
    "refusal": told,
}
_EXTENSIONS: Final[list[type[Extension]]] = [InternationalizationExtension]


@lru_cache
def static_url(name: str) -> str:
    """The address of a file in ``static/``, with its content's mark so that browsers may keep it for ever."""
    mark = sha256((STATIC_DIR / name).read_bytes()).hexdigest()[:10]
    return f"{STATIC_PREFIX}{name}?v={mark}"


@lru_cache
def environment(lang: Lang) -> Environment:
    """The Jinja environment that speaks ``lang``."""
    env = Environment(
        loader=PackageLoader("ocop_hub.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Templates change with the program: looking at their files for every page costs a scan a tenth of its time.
        auto_reload=False,
        extensions=_EXTENSIONS,
    )
    texts = catalog(lang)
    # The extension adds this method to the environment; Jinja's types do not know it.
    install = env.install_gettext_callables  # type: ignore[attr-defined]  # added by the i18n extension
    install(texts.gettext, texts.ngettext, newstyle=True)
    env.filters.update({name: partial(filter_, lang=lang) for name, filter_ in _FILTERS.items()})
    env.filters["group_icon"] = group_icon
    env.globals.update(lang=lang, static=static_url, label_of=partial(label, lang=lang))
    return env


def render(template: str, context: Mapping[str, Any], *, lang: Lang = "vi") -> str:
    """The page as text. The context each template expects stands at its top."""
    return environment(lang).get_template(template).render(context)


def request_language(request: Request) -> Lang:
    """The language for this request: ``?lang=``, the cookie, the browser's wish, Vietnamese."""
    return pick_language(
        chosen=request.query_params.get("lang"),
        cookie=request.cookies.get(LANGUAGE_COOKIE),
        accept=request.headers.get("accept-language"),
    )


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    lang: Lang | None = None,
) -> HTMLResponse:
    """The page as an answer to ``request``, in its language unless ``lang`` is given, under our CSP."""
    spoken = lang or request_language(request)
    headers = {
        "Content-Language": spoken,
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Vary": "Accept-Language, Cookie",
    }
    response = HTMLResponse(render(template, context, lang=spoken), status_code=status, headers=headers)
    if request.query_params.get("lang") == spoken:
        response.set_cookie(LANGUAGE_COOKIE, spoken, max_age=365 * 86_400, samesite="lax", httponly=True)
    return response
