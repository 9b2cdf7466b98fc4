"""The refusals a person or a program can meet, and how each is said.

    HubError                    base: status, stable type code, title, detail
    ├── NotFound        404     missing, or not yours: the same answer on purpose
    ├── NotSignedIn     401
    ├── Forbidden       403     signed in, but the role cannot do this anywhere
    ├── Conflict        409     the state of things refuses
    ├── Malformed       422     the payload itself is wrong
    └── Unavailable     503     a part is down; says which and when to come back

Each room adds subclasses of these; the service raises them and one handler turns them into
``application/problem+json`` (RFC 9457). ``detail`` is for people, in Vietnamese; ``code`` is for programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

TYPE_PREFIX = "urn:ocop-hub:error:"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: where, a stable code, and the sentence for the person."""

    field: str
    code: str
    problem: str


class HubError(Exception):
    """An expected refusal. Never a 500."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Không thực hiện được"

    def __init__(self, detail: str = "", *, fields: Sequence[FieldProblem] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.fields = tuple(fields)

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 object."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.fields:
            body["errors"] = [{"field": f.field, "code": f.code, "problem": f.problem} for f in self.fields]
        return body


class NotFound(HubError):
    status = 404
    code = "not-found"
    title = "Không tìm thấy"


class NotSignedIn(HubError):
    status = 401
    code = "not-signed-in"
    title = "Cần đăng nhập"


class Forbidden(HubError):
    status = 403
    code = "forbidden"
    title = "Tài khoản này không làm được việc này"


class Conflict(HubError):
    status = 409
    code = "conflict"
    title = "Trạng thái hiện tại không cho phép"


class Malformed(HubError):
    status = 422
    code = "malformed"
    title = "Dữ liệu gửi lên chưa đúng"


class Unavailable(HubError):
    status = 503
    code = "unavailable"
    title = "Một bộ phận đang tạm dừng"
