"""Which part of the products is asked about: how each part is named in an address, and what it may be.

A part that there is not would count nothing and look like a percentage; it is refused, and what there is is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ProductGroup
from ocop_hub.places.finder import finder
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.reporting.errors import UnknownPart
from ocop_hub.reporting.figures import By, Geo
from ocop_hub.reporting.question import Question

#: How a part is asked for in an address; ``on`` is the one marketplace of a marketplace's row.
PARAMETERS: Final[Mapping[By, str]] = {
    By.UNIT: "unit",
    By.DISTRICT: "district",
    By.GROUP: "group",
    By.STARS: "stars",
    By.KIND: "kind",
    By.PRODUCER: "producer",
    By.MARKETPLACE: "on",
}
STARS: Final = ("3", "4", "5")


async def check_parts(session: AsyncSession, question: Question) -> None:
    """Raises :class:`UnknownPart` where the question is narrowed to something that there is not.

    The key "" asks for products without one and is right everywhere. A producer that the reader may not see is
    answered like one that does not exist.
    """
    check_province(question.province)
    for cut, key in question.narrowed.items():
        if key:
            await _check(session, question, cut, key)


def check_province(code: str) -> None:
    """Raises :class:`UnknownPart` for a code that no province has today; "" stands for all of them."""
    found = finder().find_province(code) if code else None
    if code and (found is None or found.code != code):
        raise UnknownPart(
            "province", f"Không có tỉnh, thành phố mã “{code[:10]}” hiện nay. Hãy ghi mã hai chữ số, như 22."
        )


def one_of(parameter: str, what: str, key: str, known: Iterable[str]) -> None:
    """Raises :class:`UnknownPart` unless ``key`` is known; ``what`` is what ``parameter`` is called in a sentence."""
    values = list(known)
    if key not in values:
        raise UnknownPart(
            parameter, f"Không có {what} mã “{key[:60]}”. Các mã dùng được: {', '.join(values)}."
        )


async def _check(session: AsyncSession, question: Question, cut: By, key: str) -> None:
    if cut is By.UNIT:
        _check_unit(question, key)
    elif cut is By.DISTRICT:
        unit = finder().unit(key)
        if unit is None or unit.level != "district":
            raise UnknownPart(
                "district", f"Không có huyện cũ mã “{key[:40]}”. Hãy chọn huyện trong danh sách."
            )
    elif cut is By.GROUP:
        # Those that ended too: products of a past day may still stand in them.
        codes = await session.scalars(select(ProductGroup.code).order_by(ProductGroup.position))
        one_of(PARAMETERS[cut], "nhóm sản phẩm", key, codes)
    elif cut is By.STARS:
        one_of(PARAMETERS[cut], "hạng sao", key, STARS)
    elif cut is By.KIND:
        one_of(PARAMETERS[cut], "loại hình chủ thể", key, ProducerKind)
    elif cut is By.PRODUCER:
        await _check_producer(session, key)


def _check_unit(question: Question, key: str) -> None:
    """A commune that there is on the geography asked for: today's, or that of the day on which it was recognised."""
    unit = finder().unit(key)
    province = finder().province_of(key)
    if unit is None or unit.level != "commune":
        raise UnknownPart("unit", f"Không có đơn vị mã “{key[:20]}”. Hãy chọn đơn vị trong danh sách.")
    if question.geo is Geo.AS_CERTIFIED:
        if unit.valid_from and unit.valid_from > question.as_of:
            raise UnknownPart(
                "unit",
                f"{unit.full_name} có từ ngày {unit.valid_from:%d/%m/%Y}. "
                "Hãy chọn ngày muộn hơn hoặc địa giới hiện nay.",
            )
    elif unit.valid_to is not None:
        raise UnknownPart(
            "unit",
            f"{unit.full_name} không còn từ ngày {unit.valid_to:%d/%m/%Y}. "
            "Hãy chọn đơn vị hiện nay hoặc địa giới lúc công nhận.",
        )
    elif question.province and province is not None and province.code != question.province:
        raise UnknownPart(
            "unit",
            f"{unit.full_name} thuộc {province.full_name}, ngoài phạm vi đang xem. "
            "Hãy chọn đơn vị trong danh sách.",
        )


async def _check_producer(session: AsyncSession, key: str) -> None:
    try:
        wanted = UUID(key)
    except ValueError:
        wanted = None
    # Row-level security answers only for producers the reader may see.
    if wanted is None or await session.scalar(select(Producer.id).where(Producer.id == wanted)) is None:
        raise UnknownPart(
            "producer", f"Không có chủ thể mã “{key[:40]}”. Hãy mở chủ thể từ danh sách sản phẩm."
        )
