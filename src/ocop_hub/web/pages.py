"""What every page shares: the shell around it, who is signed in, its language, the form token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse

from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor, Role
from ocop_hub.settings import Settings
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import LANGUAGES, N_, translate
from ocop_hub.web.render import page, request_language
from ocop_hub.web.shell import Link, Notice, Shell, SignedIn, Site

ROLE_LABELS = {
    Role.PRODUCER: N_("Chủ thể OCOP"),
    Role.HELPER: N_("Người hỗ trợ"),
    Role.OFFICER_COMMUNE: N_("Cán bộ xã"),
    Role.OFFICER_PROVINCE: N_("Cán bộ cấp tỉnh"),
    Role.OPERATOR: N_("Quản trị hệ thống"),
}
#: The ways to go at the top of the page, by role: (label, href). Rooms' pages add theirs here.
_DESK = (N_("Sản phẩm"), "/ban-lam-viec")
_STALLS = (N_("Gian hàng"), "/ban-lam-viec/gian-hang")
_HEALTH = (N_("Tình trạng các sàn"), "/ban-lam-viec/suc-khoe-san")
_TO_SEE = (N_("Cần xem"), "/ban-lam-viec/can-xem")
_HANDOVERS = (N_("Giao đăng"), "/ban-lam-viec/giao-dang")
_IMPORT = (N_("Nhập từ Excel"), "/ban-lam-viec/nhap-tep")
_PROBLEMS = (N_("Người mua báo"), "/ban-lam-viec/van-de")
_ALERTS = (N_("Cảnh báo lượt quét"), "/ban-lam-viec/canh-bao")
_PRODUCERS = (N_("Chủ thể"), "/ban-lam-viec/co-so")
_OWN = (N_("Hồ sơ cơ sở"), "/ban-lam-viec/co-so")
_HELPING = (N_("Làm hộ"), "/ban-lam-viec/lam-ho")
_STARS = (N_("Đối chiếu sao"), "/ban-lam-viec/doi-chieu-sao")
_APPROVALS = (N_("Chờ duyệt"), "/ban-lam-viec/duyet")
_DECISIONS = (N_("Quyết định"), "/ban-lam-viec/quyet-dinh")
_REPORTS = (N_("Tỷ lệ lên sàn"), "/bao-cao")
NAV: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.PRODUCER: (_DESK, _OWN, _STALLS, _IMPORT, _PROBLEMS),
    Role.HELPER: (_DESK, _PRODUCERS, _HELPING, _STALLS, _HANDOVERS, _IMPORT),
    Role.OFFICER_COMMUNE: (_REPORTS, _DESK, _PRODUCERS, _TO_SEE, _PROBLEMS),
    Role.OFFICER_PROVINCE: (
        _REPORTS,
        _DESK,
        _PRODUCERS,
        _STALLS,
        _HEALTH,
        _TO_SEE,
        _HANDOVERS,
        _DECISIONS,
        _APPROVALS,
        _STARS,
        _IMPORT,
        _ALERTS,
        _PROBLEMS,
    ),
    Role.OPERATOR: (
        _REPORTS,
        _DESK,
        _PRODUCERS,
        _STALLS,
        _HEALTH,
        _TO_SEE,
        _HANDOVERS,
        _DECISIONS,
        _APPROVALS,
        _STARS,
        _IMPORT,
        _ALERTS,
        _PROBLEMS,
    ),
}
#: Pages that are reached from another one's, by address: that one is where we are.
BELOW: dict[str, str] = {
    "/ban-lam-viec/len-san-hang-loat": _STALLS[1],
    "/ban-lam-viec/khac-he-thong": _STALLS[1],
    "/ban-lam-viec/bao-he-thong": _STALLS[1],
    "/ban-lam-viec/nganh-hang": _HEALTH[1],
    "/ban-lam-viec/loi-tu-choi": _HEALTH[1],
    "/ban-lam-viec/phi-san": _HEALTH[1],
}
FOOT: tuple[tuple[str, str], ...] = ((N_("Dữ liệu mở"), "/du-lieu-mo"),)


def home(role: Role) -> str:
    """Where the work of a role begins: the first of its ways to go, the first page for strangers."""
    ways = NAV.get(role)
    return ways[0][1] if ways else "/"


def current_actor(request: Request) -> Actor:
    """The actor ``ActorDep`` found for this request; the public where no route has asked for one."""
    actor: Actor = getattr(request.state, "actor", PUBLIC_ACTOR)
    return actor


def csrf_token(request: Request) -> str:
    """The token that forms of this page send back; empty for a stranger."""
    signed_in = getattr(request.state, "signed_in", None)
    token: str = signed_in.csrf_token if signed_in else ""
    return token


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    *,
    breadcrumbs: Sequence[Link] = (),
    notices: Sequence[Notice] = (),
    acting_for: str = "",
) -> HTMLResponse:
    """The page in the request's language with its ``shell``; ``context`` is what the template's comment asks for."""
    around = shell(request, breadcrumbs=breadcrumbs, notices=notices, acting_for=acting_for)
    response = page(request, template, {"shell": around, **(context or {})}, status=status)
    if around.user:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def shell(
    request: Request,
    *,
    breadcrumbs: Sequence[Link] = (),
    notices: Sequence[Notice] = (),
    acting_for: str = "",
) -> Shell:
    """What stands around the page."""
    actor = current_actor(request)
    lang = request_language(request)
    path = request.url.path
    user = None
    if actor.user_id is not None:
        user = SignedIn(
            actor.name, translate(lang, ROLE_LABELS[actor.role]), acting_for, key=str(actor.user_id)
        )
    return Shell(
        site=site(request.app.state.settings),
        user=user,
        nav=_nav(lang, actor.role, path),
        breadcrumbs=breadcrumbs,
        foot=[Link(translate(lang, label), href) for label, href in FOOT],
        notices=notices,
        csrf=csrf_token(request),
        # The answer to a form cannot be asked for again in another language.
        lang_links={each: _with_language(request, each) for each in LANGUAGES}
        if request.method in ("GET", "HEAD")
        else {},
    )


def _nav(lang: Lang, role: Role, path: str) -> list[Link]:
    """The ways to go; the one whose address is the longest beginning of ``path`` is where we are."""
    ways = NAV.get(role, ())
    place = next((over for under, over in BELOW.items() if f"{path}/".startswith(f"{under}/")), path)
    here = max((href for _, href in ways if f"{place}/".startswith(f"{href}/")), key=len, default="")
    return [Link(translate(lang, label), href, current=href == here) for label, href in ways]


def site(settings: Settings) -> Site:
    """The installation: the province it serves, by the name it has today."""
    province = finder().find_province(settings.home_province)
    if province is None:
        return Site(place="", demo=settings.demo)
    return Site(place=province.name, type_label=province.type_label, demo=settings.demo)


def _with_language(request: Request, lang: str) -> str:
    """This page in another language; only what can be asked for by GET."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return "?" + urlencode([*kept, ("lang", lang)])
