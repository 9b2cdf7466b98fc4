"""How a refusal is said: RFC 9457 to programs, a page to people."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse

from ocop_hub.errors import FieldProblem, HubError, Malformed, NotFound
from ocop_hub.kit.paging import BadCursor
from ocop_hub.settings import Settings
from ocop_hub.web import resume
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.middleware import SECURITY_HEADERS, too_large
from ocop_hub.web.pages import render
from ocop_hub.web.render import request_language

log = structlog.get_logger(__name__)

PROBLEM_JSON = "application/problem+json"

#: pydantic's error types in Vietnamese; {…} is filled from the error's context.
_SENTENCES = {
    "missing": "Thiếu mục này.",
    "string_too_short": "Cần ít nhất {min_length} ký tự.",
    "string_too_long": "Nhiều nhất {max_length} ký tự.",
    "string_type": "Phải là chữ.",
    "string_pattern_mismatch": "Không đúng cách viết.",
    "int_parsing": "Phải là số nguyên.",
    "int_type": "Phải là số nguyên.",
    "int_from_float": "Phải là số nguyên.",
    "float_parsing": "Phải là số.",
    "bool_parsing": "Phải là đúng (true) hoặc sai (false).",
    "bool_type": "Phải là đúng (true) hoặc sai (false).",
    "greater_than": "Phải lớn hơn {gt}.",
    "greater_than_equal": "Phải từ {ge} trở lên.",
    "less_than": "Phải nhỏ hơn {lt}.",
    "less_than_equal": "Nhiều nhất là {le}.",
    "enum": "Phải là một trong: {expected}.",
    "literal_error": "Phải là một trong: {expected}.",
    "uuid_parsing": "Mã không đúng dạng UUID.",
    "date_from_datetime_parsing": "Ngày phải viết như 2026-09-30.",
    "date_parsing": "Ngày phải viết như 2026-09-30.",
    "datetime_parsing": "Thời điểm phải viết như 2026-09-30T08:00:00+07:00.",
    "timezone_aware": "Thời điểm phải có múi giờ, như 2026-09-30T08:00:00+07:00.",
    "datetime_from_date_parsing": "Thời điểm phải viết như 2026-09-30T08:00:00+07:00.",
    "json_invalid": "Nội dung không phải JSON đúng.",
    "extra_forbidden": "Không có mục này.",
    "too_short": "Cần ít nhất {min_length} phần tử.",
    "too_long": "Nhiều nhất {max_length} phần tử.",
    "model_attributes_type": "Phải là một đối tượng JSON.",
    "dict_type": "Phải là một đối tượng JSON.",
    "list_type": "Phải là một danh sách.",
    "url_parsing": "Phải là một địa chỉ web đầy đủ, bắt đầu bằng https://.",
}


class InvalidRequest(Malformed):
    code = "invalid-request"


class InternalError(HubError):
    status = 500
    code = "internal"
    title = "Hệ thống gặp lỗi"


class Refused(HubError):
    """A refusal by the framework itself, such as a method that a path does not have."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.http_status = status

    def problem(self) -> dict[str, Any]:
        """As any other, with the status of the moment."""
        return super().problem() | {"status": self.http_status, "type": "about:blank"}


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(HubError, _on_hub_error)
    app.add_exception_handler(BadCursor, _on_bad_cursor)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_unexpected)


def answer(request: Request, error: HubError, *, headers: dict[str, str] | None = None) -> Response:
    """The refusal as this caller reads it: a page for a browser outside /api, else a problem object."""
    problem = error.problem()
    status: int = problem["status"]
    if not wants_page(request):
        return JSONResponse(problem, status_code=status, media_type=PROBLEM_JSON, headers=headers)
    response = render(
        request,
        "error.html",
        {
            "status": status,
            "title": error.title,
            "detail": error.detail,
            # A refusal that is about one field alone says no more there than in its sentence.
            "fields": [
                {"field": each.field, "problem": each.problem}
                for each in error.fields
                if each.problem != error.detail
            ],
            "next_links": _ways_on(request, status),
            "request_id": request.state.request_id if status >= 500 else "",
        },
        status=status,
    )
    response.headers.update(headers or {})
    return response


def wants_page(request: Request) -> bool:
    """Whether a person in a browser asks."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _ways_on(request: Request, status: int) -> list[dict[str, str]]:
    if status == 401:
        return [{"label": translate(request_language(request), N_("Đăng nhập")), "href": "/dang-nhap"}]
    return []


def sentence(kind: str, context: dict[str, Any]) -> str:
    """What is wrong with a field, in Vietnamese, from pydantic's error type and context."""
    known = _SENTENCES.get(kind)
    try:
        return known.format(**context) if known else "Giá trị chưa đúng."
    except KeyError:
        return "Giá trị chưa đúng."


async def _on_hub_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HubError):
        raise error
    if error.status == 401 and request.method == "GET" and wants_page(request):
        # What a person came for is where they go on to after signing in.
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/dang-nhap?{urlencode({'next': asked})}", status_code=303)
    if wants_page(request) and (carried := await resume.answer(request, error)):
        return carried
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return answer(request, error, headers=headers)


async def _on_bad_cursor(request: Request, _error: Exception) -> Response:
    problem = "Con trỏ trang không đúng. Hãy đọc lại danh sách từ đầu, không kèm cursor."
    return answer(request, InvalidRequest(problem, fields=[FieldProblem("cursor", "bad-cursor", problem)]))


async def _on_validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    fields = []
    for found in error.errors():
        where = [str(part) for part in found["loc"]]
        if where[:1] in (["body"], ["query"], ["path"], ["header"]):
            where = where[1:]
        kind = str(found["type"])
        fields.append(FieldProblem(".".join(where), kind, sentence(kind, found.get("ctx") or {})))
    detail = "Có mục chưa đúng: " + ", ".join(each.field or "nội dung" for each in fields) + "."
    return answer(request, InvalidRequest(detail, fields=fields))


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return answer(request, NotFound("Không có trang hoặc địa chỉ này."), headers=headers)
    if error.status_code == 413:
        settings: Settings = request.app.state.settings
        return answer(request, too_large(settings.max_upload_mb), headers=headers)
    if error.status_code == 405:
        return answer(request, Refused(405, "Địa chỉ này không nhận cách gọi đó."), headers=headers)
    return answer(request, Refused(error.status_code, "Không đọc được yêu cầu."), headers=headers)


async def _on_unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error", path=request.url.path, method=request.method, exc_info=error)
    request_id: str = request.state.request_id
    refusal = InternalError(
        f"Lỗi của hệ thống, không phải của bạn. Hãy báo cho người quản trị mã yêu cầu {request_id}."
    )
    # Starlette sends this answer from outside of every middleware, so the headers are put on here.
    headers = {name.decode(): value.decode() for name, value in SECURITY_HEADERS}
    headers["X-Request-Id"] = request_id
    if wants_page(request):
        return answer(request, refusal, headers=headers)
    body = refusal.problem() | {"request_id": request_id}
    return JSONResponse(body, status_code=500, media_type=PROBLEM_JSON, headers=headers)
