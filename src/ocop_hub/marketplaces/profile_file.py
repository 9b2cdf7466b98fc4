"""The file that describes a marketplace's partner interface: read, checked, and refused with a sentence per mistake.

What each key means: docs/marketplaces/profiles.md. A file only says how to speak; whether it is used is the
operator's setting.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from ocop_hub.marketplaces.contract import ListingState

#: The contract's calls that a profile may describe.
CallName = Literal["list_items", "upload_picture", "publish", "update", "unlist", "relist", "find", "status"]
ErrorKind = Literal[
    "sign_in_again", "misconfigured", "refused", "wait", "missing", "needs_person", "no_answer"
]

#: Names that templates may use, by call; a call's own names and those of every call.
EVERYWHERE: Final = frozenset({"shop_id", "partner_id", "partner_key", "access_token", "timestamp"})
DRAFT: Final = frozenset(
    {
        "seller_sku", "title", "description", "price_vnd", "stock", "weight_g", "weight_kg", "group", "group_name",
        "category_id", "brand", "gtin", "unit", "producer_name", "place_name", "stars", "trace_url",
        "picture_refs", "picture_urls", "attributes",
    }
)  # fmt: skip
NAMES: Final[Mapping[str, frozenset[str]]] = {
    "list_items": frozenset({"page", "page_size", "cursor"}),
    "upload_picture": frozenset(),
    "publish": DRAFT,
    "update": DRAFT | {"remote_id"},
    "unlist": frozenset({"remote_id"}),
    "relist": frozenset({"remote_id"}),
    "find": frozenset({"seller_sku"}),
    "status": frozenset({"remote_id"}),
}
SIGNED: Final = EVERYWHERE | {"method", "path", "body"}
#: Without these nothing can be put up safely: a create whose answer is lost must be findable.
NEEDED: Final = ("publish", "find", "status")

_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")
_ASSUMED = re.compile(r"#\s*assumed\b", re.IGNORECASE)
Described = TypeVar("Described", bound=BaseModel)


class _Part(BaseModel):
    """A table of the file; an unknown key is a mistake. ``description`` says what is expected, for people."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MarketplacePart(_Part):
    """For a marketplace the program does not know."""

    kind: Literal["marketplace", "floor", "channel"] = Field(
        "marketplace", description="một trong: marketplace, floor, channel"
    )
    hosts: list[str] = Field(
        [], description='danh sách tên miền, ví dụ ["cho.example.vn", "www.cho.example.vn"]'
    )
    counts: bool = Field(False, description="true hoặc false: có tính vào tỷ lệ lên sàn không")


class HostsPart(_Part):
    api: str = Field(
        "", description="địa chỉ bắt đầu bằng https://, hoặc để trống để người quản trị khai báo"
    )
    public: str = Field(description="địa chỉ trang công khai, bắt đầu bằng https://")
    auth: str = Field(
        "",
        description="địa chỉ trang đồng ý và cấp khóa, bắt đầu bằng https://; để trống nếu cùng chỗ với api",
    )


class PagesPart(_Part):
    path: str = Field(
        description=r"biểu thức chính quy của đường dẫn sản phẩm, mã nằm trong nhóm đầu, ví dụ '/p/(\d+)\.html'"
    )
    address: str = Field(description="đường dẫn có {remote_id}, ví dụ /p/{remote_id}.html")


class SignaturePart(_Part):
    """HMAC-SHA256 under ``partner_key`` over a template."""

    header: str = Field(description="tên tiêu đề HTTP mang chữ ký")
    over: str = Field(description="mẫu của chuỗi được ký, ví dụ {partner_id}{path}{timestamp}{body}")
    encoding: Literal["hex", "base64"] = Field("hex", description="hex hoặc base64")


class AuthPart(_Part):
    headers: dict[str, str] = Field(
        {}, description='bảng tiêu đề HTTP, ví dụ { Authorization = "Bearer {access_token}" }'
    )
    signature: SignaturePart | None = Field(None, description="bảng [auth.signature] có header và over")


class ConsentPart(_Part):
    """The owner's consent by the code flow of OAuth 2 (RFC 6749)."""

    page: str = Field(description="đường dẫn trang đồng ý, không bắt đầu bằng /, ví dụ oauth/authorize")
    token: str = Field(description="đường dẫn cấp khóa, không bắt đầu bằng /, ví dụ oauth/token")
    scope: str = Field("", description="quyền được xin, cách nhau bằng dấu cách")
    client: Literal["form", "basic"] = Field(
        "form", description="một trong: form, basic – partner_id và partner_key đi trong biểu mẫu hay tiêu đề"
    )
    shop: str = Field(
        "", description="tên tham số mang mã gian hàng khi quay về; để trống nếu sàn không cho biết"
    )


class AnswerPart(_Part):
    """Where an answer says how it went; paths are dotted, empty where there is no such thing."""

    code: str = Field("", description="đường dẫn tới mã kết quả trong câu trả lời, ví dụ code")
    good: list[int | str | bool] = Field([], description="danh sách mã nghĩa là thành công, ví dụ [200]")
    message: str = Field("", description="đường dẫn tới lời giải thích")
    request_id: str = Field("", description="đường dẫn tới mã lượt gọi")
    errors: str = Field("", description="đường dẫn tới danh sách lỗi theo ô")
    error_field: str = Field("field", description="tên khóa mang tên ô trong một lỗi")
    error_text: str = Field("message", description="tên khóa mang lời giải thích trong một lỗi")


class ItemPart(_Part):
    """Dotted paths inside the record of one item."""

    id: str = Field(description="đường dẫn tới mã tin đăng")
    sku: str = Field(description="đường dẫn tới mã sản phẩm của người bán")
    title: str = Field(description="đường dẫn tới tên")
    price: str = Field(description="đường dẫn tới giá, đồng")
    state: str = Field(description="đường dẫn tới trạng thái")
    stock: str = Field("", description="đường dẫn tới số lượng")
    url: str = Field("", description="đường dẫn tới địa chỉ trang công khai")
    picture: str = Field("", description="đường dẫn tới địa chỉ ảnh đầu")
    description: str = Field("", description="đường dẫn tới mô tả")
    reason: str = Field("", description="đường dẫn tới lý do bị trả lại")


class CallPart(_Part):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        description="một trong: GET, POST, PUT, PATCH, DELETE"
    )
    path: str = Field(description="đường dẫn sau địa chỉ của sàn, không bắt đầu bằng /")
    query: dict[str, str] = Field({}, description="bảng tham số trên địa chỉ")
    body: dict[str, Any] | None = Field(None, description="bảng nội dung gửi đi (JSON)")
    part: str = Field("", description="tên phần tệp trong biểu mẫu nhiều phần (chỉ cho upload_picture)")
    record: str = Field("", description="đường dẫn tới tin đăng trong câu trả lời")
    items: str = Field("", description="đường dẫn tới danh sách tin đăng trong câu trả lời")
    next: str = Field("", description="đường dẫn tới dấu của trang sau; để trống nếu sàn đánh số trang")
    picture: str = Field("", description="đường dẫn tới mã ảnh (chỉ cho upload_picture)")


class LimitsPart(_Part):
    max_pictures: int = Field(9, ge=1, le=50, description="số ảnh, từ 1 đến 50")
    settle_after_s: int = Field(120, ge=5, le=3600, description="số giây, từ 5 đến 3600")
    look_every_min: int = Field(360, ge=5, le=10_080, description="số phút, từ 5 đến 10080")
    refresh_every_days: int | None = Field(None, ge=1, le=365, description="số ngày, từ 1 đến 365")
    page_size: int = Field(50, ge=1, le=500, description="số tin mỗi trang, từ 1 đến 500")


class Profile(_Part):
    """A whole file."""

    version: Literal[1] = Field(description="1")
    key: str = Field(description="mã của sàn: chữ thường, số và gạch dưới, ví dụ san_tinh_nha")
    name: str = Field(min_length=1, description="tên sàn như người ta đọc")
    source: str = Field(min_length=1, description="nguồn: tài liệu hay hợp đồng nào, ngày nào")
    marketplace: MarketplacePart | None = Field(None, description="bảng [marketplace]")
    hosts: HostsPart = Field(description="bảng [hosts] có public")
    pages: PagesPart = Field(description="bảng [pages] có path và address")
    auth: AuthPart = Field(description="bảng [auth]")
    consent: ConsentPart | None = Field(None, description="bảng [consent] có page và token")
    answer: AnswerPart = Field(AnswerPart(), description="bảng [answer]")
    item: ItemPart = Field(description="bảng [item] có id, sku, title, price, state")
    calls: dict[CallName, CallPart] = Field(
        description="các bảng [calls.TÊN]; TÊN là một trong: " + ", ".join(NAMES)
    )
    states: dict[str, ListingState] = Field(
        description='bảng "từ của sàn" = trạng thái: ' + ", ".join(ListingState)
    )
    errors: dict[str, ErrorKind] = Field(
        {},
        description='bảng "mã lỗi" = một trong: sign_in_again, misconfigured, refused, wait, missing, needs_person, no_answer',
    )
    fields: dict[str, str] = Field(
        {}, description='bảng "tên ô của sàn" = tên ô của tin đăng, ví dụ gia = "price_vnd"'
    )
    categories: dict[str, str] = Field({}, description='bảng nhóm sản phẩm = "mã ngành hàng"')
    limits: LimitsPart = Field(LimitsPart(), description="bảng [limits]")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a profile; ``key`` is dotted, empty for the file as a whole."""

    file: str
    key: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem}" if self.key else f"{self.file}: {self.problem}"


class ProfileWrong(Exception):
    """A profile that cannot be used; ``mistakes`` has all that was found."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def read_profile(text: str, file: str) -> Profile:
    """The profile in ``text``; ``file`` is how mistakes name it. Raises :class:`ProfileWrong`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileWrong((Mistake(file, "", f"không đọc được như TOML: {error}."),)) from error
    try:
        profile = Profile.model_validate(_typed(table))
    except ValidationError as error:
        raise ProfileWrong(tuple(_mistake(file, each) for each in error.errors())) from error
    mistakes = tuple(Mistake(file, key, problem) for key, problem in _wrong_sense(profile))
    if mistakes:
        raise ProfileWrong(mistakes)
    return profile


def load_profile(path: Path) -> Profile:
    """The profile in a file. Raises :class:`ProfileWrong`, also where the file is no UTF-8 text."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ProfileWrong((Mistake(path.name, "", "không phải văn bản UTF-8."),)) from error
    return read_profile(text, path.name)


def assumed_lines(text: str) -> int:
    """How many lines of a profile are marked as assumed."""
    return sum(1 for line in text.splitlines() if _ASSUMED.search(line) and not line.lstrip().startswith("#"))


def names_in(template: Any) -> Iterator[str]:
    """The ``{name}`` of a template, or of every string in a table or list. Raises ValueError for a lone brace."""
    if isinstance(template, str):
        yield from (name for _, name, _, _ in string.Formatter().parse(template) if name is not None)
    elif isinstance(template, Mapping):
        for inner in template.values():
            yield from names_in(inner)
    elif isinstance(template, list):
        for inner in template:
            yield from names_in(inner)


def _typed(table: dict[str, Any]) -> dict[str, Any]:
    """The words of the table of states as our states; an unknown one stays a word, and is a mistake."""
    known = {state.value: state for state in ListingState}
    states = table.get("states")
    if isinstance(states, dict):
        table["states"] = {
            word: known.get(ours, ours) if isinstance(ours, str) else ours for word, ours in states.items()
        }
    return table


def _mistake(file: str, error: ErrorDetails) -> Mistake:
    key = ".".join(str(part) for part in error["loc"] if part != "[key]")
    wanted = _expected(error["loc"])
    if error["type"] == "extra_forbidden":
        return Mistake(file, key, "không có mục này; xem lại tên mục hoặc bỏ dòng này.")
    if error["type"] == "missing":
        return Mistake(file, key, f"thiếu mục này; cần {wanted}.")
    return Mistake(file, key, f"không đúng; cần {wanted}.")


def _expected(place: tuple[int | str, ...]) -> str:
    """The description nearest to a place in the file."""
    model: Any = Profile
    said = "một giá trị đúng kiểu"
    for part in place:
        if isinstance(model, type) and issubclass(model, BaseModel) and part in model.model_fields:
            field = model.model_fields[str(part)]
            said, model = field.description or said, _inner(field.annotation)
    return said


def _inner(annotation: Any) -> Any:
    """The table inside ``X``, ``X | None`` or ``dict[…, X]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = (_inner(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in parts if each is not None), None)


def _wrong_sense(profile: Profile) -> Iterator[tuple[str, str]]:
    """What is of the right kind and still cannot work: (key, sentence)."""
    if not _KEY.fullmatch(profile.key):
        yield "key", "cần chữ thường không dấu, số và gạch dưới, ví dụ san_tinh_nha."
    hosts = profile.hosts
    for name, address in (("api", hosts.api), ("public", hosts.public), ("auth", hosts.auth)):
        if address and not re.fullmatch(r"https?://[^/\s]+(/\S*)?", address):
            yield f"hosts.{name}", "cần địa chỉ bắt đầu bằng https://."
    yield from _wrong_pages(profile.pages)
    if profile.consent is not None:
        yield from _wrong_consent(profile.consent, profile.auth)
    for name in NEEDED:
        if name not in profile.calls:
            why = (
                "không tìm lại được tin đăng thì có thể đăng hai lần"
                if name == "find"
                else "sàn phải có cách này"
            )
            yield f"calls.{name}", f"thiếu bảng này: {why}."
    if ("unlist" in profile.calls) != ("relist" in profile.calls):
        yield "calls.relist", "unlist và relist phải có cả hai, hoặc không có bảng nào."
    if ListingState.LIVE not in profile.states.values():
        yield "states", 'chưa có từ nào là "live": không tin đăng nào được tính là đang hiển thị.'
    if profile.answer.code and not profile.answer.good:
        yield "answer.good", "có answer.code thì cần danh sách mã thành công, ví dụ [200]."
    for name, call in profile.calls.items():
        yield from _wrong_call(name, call)
    yield from _wrong_names("auth.headers", profile.auth.headers, EVERYWHERE)
    if profile.auth.signature is not None:
        yield from _wrong_names("auth.signature.over", profile.auth.signature.over, SIGNED)


def _wrong_pages(pages: PagesPart) -> Iterator[tuple[str, str]]:
    try:
        groups = re.compile(pages.path).groups
    except re.error as error:
        yield "pages.path", f"không phải biểu thức chính quy: {error}."
    else:
        if groups < 1:
            yield "pages.path", "cần một nhóm trong ngoặc chứa mã sản phẩm."
    yield from _wrong_names("pages.address", pages.address, frozenset({"remote_id"}))
    if "{remote_id}" not in pages.address:
        yield "pages.address", "cần có {remote_id}."


def _wrong_consent(consent: ConsentPart, auth: AuthPart) -> Iterator[tuple[str, str]]:
    for name, path in (("page", consent.page), ("token", consent.token)):
        if path.startswith("/") or "://" in path:
            yield f"consent.{name}", "cần đường dẫn sau địa chỉ của sàn, không bắt đầu bằng dấu /."
    said = (*auth.headers.values(), auth.signature.over if auth.signature else "")
    if not any("{access_token}" in each for each in said):
        yield "auth.headers", "có bảng [consent] thì khóa được cấp phải đi theo lời gọi: cần {access_token}."


def _wrong_call(name: str, call: CallPart) -> Iterator[tuple[str, str]]:
    key, allowed = f"calls.{name}", NAMES[name] | EVERYWHERE
    if call.path.startswith("/"):
        yield f"{key}.path", "không bắt đầu bằng dấu /."
    for part, template in (("path", call.path), ("query", call.query), ("body", call.body)):
        yield from _wrong_names(f"{key}.{part}", template, allowed)
    if name == "list_items" and not call.items:
        yield f"{key}.items", "cần đường dẫn tới danh sách tin đăng."
    if name == "upload_picture" and not (call.part and call.picture):
        yield key, "cần part (tên phần tệp) và picture (đường dẫn tới mã ảnh)."
    if name in ("publish", "status") and not call.record:
        yield f"{key}.record", "cần đường dẫn tới tin đăng trong câu trả lời."
    if name == "find" and not (call.record or call.items):
        yield f"{key}.items", "cần items hoặc record: tin đăng tìm thấy nằm ở đâu trong câu trả lời."


def _wrong_names(key: str, template: Any, allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    try:
        unknown = sorted(set(names_in(template)) - allowed)
    except ValueError:
        yield key, "có dấu { hoặc } lẻ; viết {{ hoặc }} nếu đó là chữ."
        return
    if unknown:
        said = ", ".join(f"{{{name}}}" for name in unknown)
        yield key, f"không có {said}; dùng được: {', '.join(sorted(allowed))}."
