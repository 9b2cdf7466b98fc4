"""Live-stream selling sessions (phiên bán hàng trực tuyến), as a person enters them: nothing is counted by machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, Uuid, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ocop_hub import audit
from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.db import Base
from ocop_hub.errors import FieldProblem, Malformed, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor

LONGEST_TEXT: Final = 300


class LiveSessionInvalid(Malformed):
    code = "live-session-invalid"
    title = "Phiên bán hàng trực tuyến chưa đúng"


class LiveSession(Base):
    """One session: which day, on which channel, what was shown; viewers, orders and đồng where somebody counted."""

    __tablename__ = "live_sessions"
    __table_args__ = (
        Index("ix_live_sessions_producer_id", "producer_id", "held_on"),
        CheckConstraint("viewers >= 0 AND orders >= 0 AND revenue_vnd >= 0", name="counts"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("producers.id"))
    held_on: Mapped[date]
    #: As people call it: "Facebook", "TikTok", "Shopee Live".
    channel: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    host: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    product_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    viewers: Mapped[int | None]
    orders: Mapped[int | None]
    revenue_vnd: Mapped[int | None]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a person enters; counts are None where nobody counted."""

    held_on: date
    channel: str
    title: str = ""
    host: str = ""
    url: str = ""
    product_ids: tuple[UUID, ...] = ()
    viewers: int | None = None
    orders: int | None = None
    revenue_vnd: int | None = None


def sessions_visible_to(actor: Actor) -> Select[LiveSession]:
    """The sessions of the producers this actor sees, the latest first."""
    seen = select(LiveSession).where(of_visible_producer(actor, LiveSession.producer_id))
    return seen.order_by(LiveSession.held_on.desc(), LiveSession.id.desc())


async def enter_session(
    session: AsyncSession, actor: Actor, producer_id: UUID, new: NewSession
) -> LiveSession:
    """Keep a session that was held. Products must be the producer's own.

    Raises :class:`LiveSessionInvalid`, and NotFound for a producer the actor may not change.
    """
    if not actor.may_change(producer_id):
        raise NotFound("Chủ thể này không thuộc quyền của bạn.")
    await _check(session, actor, producer_id, new)
    held = LiveSession(id=new_id(), producer_id=producer_id, entered_by=actor.label, **_told(new))
    session.add(held)
    await session.flush()  # the row's own time is read back
    _record(session, actor, held, "enter")
    return held


async def change_session(
    session: AsyncSession, actor: Actor, session_id: UUID, new: NewSession
) -> LiveSession:
    """Write anew what was entered of a session; its host and takings stay where ``new`` has none.

    Raises :class:`LiveSessionInvalid`, and NotFound where it is missing or not the actor's to change.
    """
    held = await session.scalar(
        sessions_visible_to(actor).where(LiveSession.id == session_id).with_for_update()
    )
    if held is None or not actor.may_change(held.producer_id):
        raise NotFound("Không tìm thấy phiên bán hàng trực tuyến này.")
    await _check(session, actor, held.producer_id, new)
    kept: dict[str, Any] = {"host": new.host or held.host}
    if new.revenue_vnd is None:
        kept["revenue_vnd"] = held.revenue_vnd
    for name, value in (_told(new) | kept).items():
        setattr(held, name, value)
    _record(session, actor, held, "change")
    return held


def _told(new: NewSession) -> dict[str, Any]:
    """The columns that a person fills."""
    return {
        "held_on": new.held_on,
        "channel": clean(new.channel),
        "title": clean(new.title),
        "host": clean(new.host),
        "url": new.url.strip(),
        "product_ids": list(dict.fromkeys(new.product_ids)),
        "viewers": new.viewers,
        "orders": new.orders,
        "revenue_vnd": new.revenue_vnd,
    }


def _record(session: AsyncSession, actor: Actor, held: LiveSession, act: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=f"publishing.{act}_live_session",
        subject=f"live_session:{held.id}",
        producer_id=held.producer_id,
        held_on=held.held_on.isoformat(),
        channel=held.channel,
    )


async def _check(session: AsyncSession, actor: Actor, producer_id: UUID, new: NewSession) -> None:
    _check_values(new)
    own = set(
        await session.scalars(
            catalogue.visible_to(actor)
            .where(Product.producer_id == producer_id, Product.id.in_(new.product_ids))
            .with_only_columns(Product.id)
        )
    )
    if own != set(new.product_ids):
        raise _invalid("product_ids", "Hãy chỉ chọn sản phẩm của chủ thể này.")


def _check_values(new: NewSession) -> None:
    if new.held_on > clock.today():
        raise _invalid("held_on", "Phiên chưa diễn ra. Hãy ghi sau khi phiên kết thúc.")
    if not clean(new.channel):
        raise _invalid("channel", "Hãy ghi kênh, ví dụ Facebook, TikTok.")
    if max(len(new.channel), len(new.title), len(new.host)) > LONGEST_TEXT:
        raise _invalid("channel", f"Mỗi ô ghi tối đa {LONGEST_TEXT} ký tự.")
    if new.url and urlsplit(new.url.strip()).scheme != "https":
        raise _invalid("url", "Đường dẫn phải bắt đầu bằng https://.")
    for field, value in (("viewers", new.viewers), ("orders", new.orders), ("revenue_vnd", new.revenue_vnd)):
        if value is not None and value < 0:
            raise _invalid(field, "Hãy ghi số từ 0 trở lên, hoặc để trống nếu không đếm.")


def _invalid(field: str, problem: str) -> LiveSessionInvalid:
    return LiveSessionInvalid(problem, fields=[FieldProblem(field, "invalid", problem)])
