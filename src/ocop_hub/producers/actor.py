"""Who acts, and what they may do: worked out once per request from offices, memberships and mandates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from ocop_hub.db import Scope, ScopeKind
from ocop_hub.errors import Forbidden, NotSignedIn


class Role(StrEnum):
    """Who people are here; ``SYSTEM`` is the service itself, ``PUBLIC`` anyone."""

    PUBLIC = "public"
    PRODUCER = "producer"
    HELPER = "helper"
    OFFICER_COMMUNE = "officer_commune"
    OFFICER_PROVINCE = "officer_province"
    OPERATOR = "operator"
    SYSTEM = "system"


#: Roles that see every producer of the installation.
SEES_ALL = frozenset({Role.OFFICER_PROVINCE, Role.OPERATOR, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Actor:
    """One person, or the service, at work.

    ``producers`` are those the actor may change: own ones, and those whose mandate a helper holds; the latter
    alone are in ``mandated``.
    ``unit_id`` is the commune of a commune officer. ``via`` names what a person without an account came by.
    """

    role: Role
    user_id: UUID | None = None
    name: str = ""
    producers: frozenset[UUID] = frozenset()
    unit_id: str = ""
    language: str = "vi"
    via: str = ""
    mandated: frozenset[UUID] = frozenset()

    @property
    def scope(self) -> Scope:
        """What row-level security lets this actor's transactions see."""
        if self.role in SEES_ALL:
            return Scope(ScopeKind.ALL)
        if self.role is Role.OFFICER_COMMUNE:
            return Scope(ScopeKind.UNIT, unit_id=self.unit_id)
        if self.role in (Role.PRODUCER, Role.HELPER):
            return Scope(ScopeKind.OWN, producers=self.producers)
        return Scope(ScopeKind.PUBLIC)

    @property
    def label(self) -> str:
        """How audit rows and revisions name the actor: an id, never a person's data."""
        return f"user:{self.user_id}" if self.user_id else self.via or self.role.value

    @property
    def is_office(self) -> bool:
        """True for those who enter recognition decisions and read the province's figure."""
        return self.role in (Role.OFFICER_PROVINCE, Role.OPERATOR, Role.SYSTEM)

    @property
    def reads_reports(self) -> bool:
        """True for officers of either level."""
        return self.is_office or self.role is Role.OFFICER_COMMUNE

    def may_change(self, producer_id: UUID) -> bool:
        """Whether the actor may enter things for this producer."""
        return self.role in SEES_ALL or producer_id in self.producers


PUBLIC_ACTOR = Actor(Role.PUBLIC)
SYSTEM_ACTOR = Actor(Role.SYSTEM, name="ocop_hub")


def require_signed_in(actor: Actor) -> Actor:
    """The actor, or :class:`NotSignedIn`."""
    if actor.role is Role.PUBLIC:
        raise NotSignedIn("Bạn cần đăng nhập để làm việc này.")
    return actor


def require_office(actor: Actor) -> Actor:
    """The actor if an officer of the province or operator; else 401 or 403."""
    if not require_signed_in(actor).is_office:
        raise Forbidden("Việc này dành cho cán bộ cấp tỉnh.")
    return actor


def require_reports(actor: Actor) -> Actor:
    """The actor if an officer of either level; else 401 or 403."""
    if not require_signed_in(actor).reads_reports:
        raise Forbidden("Trang này dành cho cán bộ.")
    return actor
