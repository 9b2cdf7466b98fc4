"""What was typed survives the end of a sign-in: it goes along behind the sign-in and is sent once more.

A form that comes back 401 (the sign-in has lapsed) is answered with the sign-in form, which carries the fields;
one whose token is old (signed in again in another tab) with a button. Nothing is stored on the way, and nothing is
sent again without a press. A form that began on another site is never carried.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from ocop_hub.accounts import csrf
from ocop_hub.accounts.errors import CrossSite, WrongFormToken
from ocop_hub.errors import HubError
from ocop_hub.web.pages import render

SIGN_IN: Final = "/dang-nhap"
#: Characters of a form that are carried; one longer (a pasted book) is not.
LONGEST: Final = 300_000
_MOST_FIELDS: Final = 500
#: What must not stand in a page's source.
_SECRET: Final = frozenset({"passphrase", "key"})

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A form on its way: where it was sent, its text fields in their order, and whether files were left out."""

    path: str
    fields: Fields
    had_files: bool = False

    def packed(self) -> str:
        """As one hidden field of the sign-in form; :func:`unpacked` reads it."""
        return json.dumps([self.had_files, self.fields], ensure_ascii=False)


def unpacked(path: str, packed: str) -> Kept | None:
    """What :meth:`Kept.packed` wrote; None for nothing, or for what no form of ours would write."""
    try:
        had_files, fields = json.loads(packed)
        return Kept(path, [(str(name), str(value)) for name, value in fields], bool(had_files))
    except (ValueError, TypeError):
        return None


async def answer(request: Request, refused: HubError) -> Response | None:
    """The page that carries the form of this request on; None where there is none to carry."""
    if request.method != "POST" or not (refused.status == 401 or isinstance(refused, WrongFormToken)):
        return None
    if request.url.path == SIGN_IN or not (kept := await _kept(request)):
        return None
    if refused.status == 401:
        return sign_in_form(request, kept, status=401)
    return send_again(request, kept, token=getattr(request.state, "form_token", ""), status=refused.status)


def sign_in_form(
    request: Request, kept: Kept, *, login: str = "", problem: str = "", status: int
) -> Response:
    """The sign-in form with ``kept`` in it."""
    context = {
        "action": SIGN_IN,
        "next": SIGN_IN,
        "login": login,
        "errors": [{"field": "login", "problem": problem}] if problem else [],
        "demo_accounts": request.app.state.demo_accounts,
        "resume": kept.path,
        "kept": kept.packed(),
    }
    return _unstored(render(request, "accounts/sign_in.html", context, status=status))


def send_again(request: Request, kept: Kept, *, token: str, status: int = 200) -> Response:
    """The button that sends ``kept`` where it was going, under the session's ``token``."""
    context = {"action": kept.path, "fields": kept.fields, "had_files": kept.had_files, "token": token}
    return _unstored(render(request, "accounts/send_again.html", context, status=status))


async def _kept(request: Request) -> Kept | None:
    if not request.headers.get("content-type", "").startswith(csrf.FORM_TYPES):
        return None
    try:
        csrf.check_origin(request)
    except CrossSite:
        return None
    form = await request.form()
    fields = [
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and name != csrf.FORM_FIELD and name not in _SECRET
    ]
    had_files = any(not isinstance(value, str) and value.filename for value in form.values())
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    size = sum(len(name) + len(value) for name, value in fields)
    if len(fields) > _MOST_FIELDS or size > LONGEST or not any(value.strip() for _, value in fields):
        return None
    return Kept(path, fields, had_files)


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
