"""Forms on pages: what was typed, what is wrong with it, and the way on after it is done.

A POST that works answers 303 to a page that says so (``?xong=``); one that does not shows the form again with
everything typed, and leaves nothing half-written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse

from ocop_hub.errors import FieldProblem, HubError
from ocop_hub.kit.values import ValueProblem
from ocop_hub.web.errors import sentence
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Notice

Result = TypeVar("Result")
Value = TypeVar("Value")
Problem = dict[str, str]

#: What a page says after a change, by the word in its address.
DONE: Final[dict[str, str]] = {
    "tao": N_("Đã thêm sản phẩm."),
    "sua": N_("Đã lưu sản phẩm."),
    "nhap": N_("Đã lưu. Bạn có thể dừng ở đây và làm tiếp lúc khác."),
    "gui": N_("Đã gửi. Cán bộ sẽ duyệt; bạn xem kết quả ở trang này."),
    "xong": N_("Sản phẩm đã sẵn sàng: khách xem được, và đưa lên sàn được."),
    "quy-cach": N_("Đã lưu quy cách."),
    "khoi-phuc": N_("Đã khôi phục. Bản này là một phiên bản mới."),
    "duyet": N_("Đã duyệt sản phẩm."),
    "tra-lai": N_("Đã trả lại để chủ thể sửa."),
    "cach-duyet": N_("Đã ghi cách duyệt."),
    "anh": N_("Đã thêm ảnh."),
    "anh-sua": N_("Đã lưu ảnh."),
    "anh-xoa": N_("Đã xóa ảnh."),
    "anh-duong-dan": N_("Đã nhận đường dẫn ảnh. Hệ thống đang tải ảnh về."),
    "ghi-am": N_("Đã nhận bản ghi âm."),
    "ghi-am-xoa": N_("Đã xóa bản ghi âm."),
    "chuyen": N_("Đã lưu câu chuyện."),
    "phien": N_("Đã ghi phiên bán hàng trực tuyến."),
    "len-san": N_("Đã nhận yêu cầu đưa lên sàn."),
    "duong-dan": N_("Đã nhận đường dẫn. Hệ thống đang mở trang đó để kiểm tra."),
    "cac-duong-dan": N_("Đã nhận các đường dẫn. Hệ thống đang mở từng trang; mở lại trang này sau ít phút."),
    "kiem-tra": N_("Đang kiểm tra lại. Mở lại trang này sau ít phút."),
    "doc-lai": N_("Đang đọc lại gian hàng. Mở lại trang này sau ít phút."),
    "go-trung": N_("Đã nhận. Hệ thống đang gỡ mục thừa khỏi sàn."),
    "lay-lai": N_("Đã nhận. Hệ thống đang gửi lại nội dung này lên sàn."),
    "giu-theo-san": N_("Đã giữ theo sàn. Tin đăng này từ nay nói như trên sàn."),
    "go": N_("Đã nhận yêu cầu gỡ khỏi sàn."),
    "nganh-hang": N_("Đã lưu ngành hàng. Tin đăng bị từ chối vì ngành hàng sẽ được gửi lại."),
    "doc-nganh-hang": N_("Đang đọc lại ngành hàng. Mở lại trang này sau ít phút."),
    "bo-de-xuat": N_("Đã ghi: không cần đổi."),
    "giai-thich": N_("Đã lưu lời giải thích."),
    "bieu-phi": N_("Đã lưu biểu phí."),
    "da-xem": N_("Đã ghi là đã xem. Minh chứng dùng được 90 ngày."),
    "thu-hoi": N_("Đã thu hồi lô."),
    "nhan": N_("Đã nhận tin đăng này, không tạo tin mới."),
    "bo-qua": N_("Đã ghi nhận: đó không phải sản phẩm này."),
    "gian-hang": N_("Đã nối gian hàng. Hệ thống đang đọc những gì có sẵn trong đó."),
    "phien-sua": N_("Đã lưu thay đổi của phiên."),
    "lo": N_("Đã công bố lô. Tem ở ngay dưới đây."),
    "cong-doan": N_("Đã ghi công đoạn."),
    "van-de": N_("Đã ghi trả lời."),
    "kich-hoat": N_("Đã kích hoạt tem."),
    "khoa": N_("Đã khóa tem."),
    "mo-khoa": N_("Đã mở khóa tem."),
    "dot-in": N_("Đã lập đợt in. Tải tệp cho nhà in ở trang này."),
    "huy-dot-in": N_("Đã hủy đợt in tem."),
    "canh-bao": N_("Đã ghi kết quả xem xét."),
    "kho-tem": N_("Đã lưu khổ tem."),
    "bo-kho-tem": N_("Đã bỏ khổ tem."),
    "dau-ocop": N_("Đã nhận hình dấu OCOP. Các đợt in lập từ nay dùng hình này."),
    "bo-dau-ocop": N_("Đã bỏ hình dấu. Các đợt in lập từ nay ghi hạng sao bằng chữ."),
    "quyet-dinh": N_("Đã ghi quyết định."),
    "xem-lai": N_("Đã đọc lại tệp theo điều bạn chọn. Vẫn chưa có gì được lưu."),
    "co-so": N_("Đã lưu hồ sơ cơ sở."),
    "dong-y": N_("Đã lưu lựa chọn công khai."),
    "bo-nguoi": N_("Đã bỏ người này khỏi cơ sở."),
    "lam-ho": N_("Đã cho làm hộ."),
    "thoi-lam-ho": N_("Việc làm hộ đã kết thúc."),
    "tu-choi": N_("Đã từ chối lời xin làm hộ."),
    "xin-lam-ho": N_("Đã gửi lời xin. Chủ thể trả lời ở trang Cho làm hộ."),
    "gop": N_("Đã gộp. Tem đã in, tin đăng và lịch sử đi theo."),
    "tach": N_("Đã tách lại như trước."),
    "doi-chieu": N_("Đã đối chiếu. Hạng sao được tính từ bây giờ."),
    "khong-khop": N_("Đã ghi: không có quyết định nào công nhận hạng sao này."),
    "thu-hoi-giay": N_("Đã thu hồi giấy chứng nhận."),
    "chi-tieu": N_("Đã ghi chỉ tiêu."),
    "cach-tinh": N_("Đã ghi cách tính. Số liệu từ ngày áp dụng được tính theo cách này."),
    "chi-tieu-rut": N_("Đã rút chỉ tiêu."),
    "mau": N_("Đã nhận mẫu. Từ nay mỗi tháng có thêm một báo cáo theo mẫu này."),
    "mau-bo": N_("Đã thôi dùng mẫu. Các báo cáo đã lập vẫn còn."),
    "so-lieu": N_("Đã ghi số liệu."),
    "du-lieu-mo": N_("Đã công bố dữ liệu mở."),
    "du-lieu-dong": N_("Đã ngừng công bố dữ liệu mở."),
    "ky-mo": N_("Đã mở kỳ số liệu."),
    "ky-xac-nhan": N_("Đã ghi xác nhận."),
    "ky-chua-dung": N_("Đã gửi điều chưa đúng lên cấp tỉnh."),
    "ky-chot": N_("Đã chốt số liệu."),
    "ky-dieu-chinh": N_("Đã ghi điều chỉnh sau chốt."),
}
_LONGEST = 20_000


async def typed(request: Request) -> dict[str, str]:
    """The text fields of the form, trimmed; the token is left out."""
    form = await request.form()
    return {
        name: value.strip()[:_LONGEST]
        for name, value in form.items()
        if isinstance(value, str) and name != "csrf"
    }


async def tried(session: AsyncSession, work: Callable[[], Awaitable[Result]]) -> Result | HubError:
    """What ``work`` gives, or its refusal with everything that it wrote taken back."""
    try:
        async with session.begin_nested():
            return await work()
    except HubError as refused:
        return refused


async def attempted(work: Awaitable[Result]) -> Result | HubError:
    """What ``work`` gives, or its refusal. For work that waits :func:`ocop_hub.db.aside`, which no savepoint
    outlives: it takes back by itself what it wrote.
    """
    try:
        return await work
    except HubError as refused:
        return refused


def problems(refused: HubError, field: str) -> list[Problem]:
    """The refusal as a form shows it: by its fields, else at ``field``."""
    if refused.fields:
        return [{"field": each.field, "problem": each.problem} for each in refused.fields]
    return [{"field": field, "problem": refused.detail}]


def invalid(error: ValidationError, names: Mapping[str, str] | None = None) -> list[Problem]:
    """pydantic's problems in Vietnamese; ``names`` turns a field's name into the form's."""
    found = []
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else ""
        text = sentence(each["type"], each.get("ctx", {}))
        found.append({"field": (names or {}).get(name, name), "problem": text})
    return found


def read(
    values: Mapping[str, str], field: str, parse: Callable[[str], Value], errors: list[Problem]
) -> Value | None:
    """The value of a field, None where it is blank or wrong; what is wrong goes to ``errors``."""
    text = values.get(field, "")
    if not text:
        return None
    try:
        return parse(text)
    except ValueProblem as wrong:
        errors.append({"field": field, "problem": wrong.problem})
        return None


def missing(field: str, text: str) -> FieldProblem:
    """A field that must be filled."""
    return FieldProblem(field, "missing", text)


def see(path: str, done: str = "", **query: str) -> RedirectResponse:
    """On to ``path`` after a change; ``done`` is a word of :data:`DONE`."""
    said: dict[str, Any] = {**query, **({"xong": done} if done else {})}
    mark = "#" + path.split("#", 1)[1] if "#" in path else ""
    plain = path.split("#", 1)[0]
    return RedirectResponse(f"{plain}?{urlencode(said)}{mark}" if said else path, status_code=303)


def done_notices(request: Request) -> list[Notice]:
    """What the last change came to, for the page it led to."""
    text = DONE.get(request.query_params.get("xong", ""))
    return [Notice(translate(request_language(request), text))] if text else []
