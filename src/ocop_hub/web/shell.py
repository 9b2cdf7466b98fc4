"""What stands around every page: the name, who is signed in, the ways to go, the messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Site:
    """The installation. ``place`` is the unit it serves without its type ("Quảng Ninh")."""

    place: str
    type_label: str = "tỉnh"
    office: str = ""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person on the page. ``acting_for`` names the producer for whom a helper works now.

    ``key`` tells this person's unsent pictures from another's on the same phone.
    """

    name: str
    role_label: str
    acting_for: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One way to go; ``current`` marks where we are."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One message above the page. ``tone``: good | wait | act | bad."""

    text: str
    tone: Literal["good", "wait", "act", "bad"] = "good"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """Handed to every template as ``shell``."""

    site: Site
    user: SignedIn | None = None
    nav: Sequence[Link] = ()
    breadcrumbs: Sequence[Link] = ()
    foot: Sequence[Link] = ()
    notices: Sequence[Notice] = ()
    csrf: str = ""
    sign_out_href: str = "/dang-xuat"
    #: The same page in each language, by language code; empty hides the switch.
    lang_links: Mapping[str, str] = field(default_factory=dict)
