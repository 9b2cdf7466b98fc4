"""An installation's own marketplaces: partner profiles from a folder, adapters from modules outside of this package.

They are added to the registry's tables once, when a process starts. Profiles that ship lie in ``profiles/`` and
are never used by themselves: the operator's setting ``profile`` of a marketplace puts one in place of entering
by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from importlib import import_module, resources
from pathlib import Path
from typing import Final

import httpx

from ocop_hub.errors import Malformed
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Marketplace, Unsupported
from ocop_hub.marketplaces.gateway import Clock, Gateway, Hosts
from ocop_hub.marketplaces.limits import Limiter
from ocop_hub.marketplaces.profile import ProfileMarket
from ocop_hub.marketplaces.profile_file import Mistake, Profile, ProfileWrong, load_profile, read_profile
from ocop_hub.marketplaces.registry import (
    ADAPTERS,
    MARKETPLACES,
    Alias,
    Build,
    Kind,
    MarketplaceFact,
    Spell,
    Status,
)

#: The names a module of an own adapter must have.
FACT: Final = "FACT"
ADAPTER: Final = "Adapter"

_OWN_PROFILES: dict[str, Profile] = {}


class OwnMarketplaceWrong(Malformed):
    """A profile or module of the installation that cannot be used; the process does not start."""

    code = "own-marketplace-wrong"
    title = "Tệp mô tả sàn chưa dùng được"


def add(fact: MarketplaceFact, build: str | Build) -> None:
    """Put a marketplace into the registry's tables; a key that is there gets the new adapter and keeps its facts."""
    MARKETPLACES.setdefault(fact.key, fact)
    ADAPTERS[fact.key] = build


def forget(key: str) -> None:
    """Take out again what :func:`add` put in for a new key."""
    MARKETPLACES.pop(key, None)
    ADAPTERS.pop(key, None)
    _OWN_PROFILES.pop(key, None)


def load(profiles: Path | None, modules: Iterable[str]) -> tuple[str, ...]:
    """Add all that the settings name; the keys that the registry did not know before.

    Raises :class:`OwnMarketplaceWrong` with every mistake of every file.
    """
    known = set(MARKETPLACES)
    mistakes: list[Mistake] = []
    for path in _files(profiles):
        try:
            add_profile(load_profile(path), path.name)
        except ProfileWrong as wrong:
            mistakes += wrong.mistakes
    if mistakes:
        raise OwnMarketplaceWrong("\n".join(map(str, mistakes)))
    for name in modules:
        add_module(name)
    return tuple(key for key in MARKETPLACES if key not in known)


def _files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise OwnMarketplaceWrong(f"Không có thư mục {folder} (OCOP_HUB_PROFILES_DIR).")
    return sorted(folder.glob("*.toml"))


def add_profile(profile: Profile, file: str) -> None:
    """Take a profile in. One for a marketplace with an adapter waits for the setting ``profile``.

    Raises :class:`ProfileWrong` where the marketplace is new and not described.
    """
    if profile.key not in MARKETPLACES and profile.marketplace is None:
        problem = "thiếu bảng này: chương trình chưa biết sàn này; cần kind, hosts, counts."
        raise ProfileWrong((Mistake(file, "marketplace", problem),))
    _OWN_PROFILES[profile.key] = profile
    if profile.key not in ADAPTERS:
        add(_fact(profile), partial(_market, profile))


def add_module(name: str) -> None:
    """Take in a module that has ``FACT`` (a ``MarketplaceFact``) and ``Adapter`` (called with gateway and hosts)."""
    try:
        module = import_module(name)
    except ImportError as error:
        raise OwnMarketplaceWrong(
            f"Không nạp được mô-đun {name} (OCOP_HUB_MARKETPLACE_MODULES): {error}."
        ) from error
    fact = getattr(module, FACT, None)
    if not isinstance(fact, MarketplaceFact) or not callable(getattr(module, ADAPTER, None)):
        raise OwnMarketplaceWrong(f"Mô-đun {name} cần có {FACT} (MarketplaceFact) và lớp {ADAPTER}.")
    add(fact, f"{name}:{ADAPTER}")


def by_profile(
    key: str,
    client: httpx.AsyncClient,
    hosts: Hosts | None = None,
    *,
    limiter: Limiter | None = None,
    now: Clock = clock.now,
) -> Marketplace:
    """As ``registry.get``, speaking as the profile of ``key`` says. Raises :class:`Unsupported` without one."""
    profile = profile_of(key)
    if profile is None:
        raise Unsupported(f"Chưa có tệp mô tả giao diện của {key}.", sent=False)
    return _market(profile, Gateway(client, key, limiter=limiter, now=now), hosts or Hosts())


def profile_of(key: str) -> Profile | None:
    """The installation's own profile, else the one that ships."""
    return _OWN_PROFILES.get(key) or shipped().get(key)


@lru_cache(maxsize=1)
def shipped() -> dict[str, Profile]:
    """The profiles of this package, by key."""
    folder = resources.files("ocop_hub.marketplaces").joinpath("profiles")
    files = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    read = (read_profile(each.read_text("utf-8"), each.name) for each in files)
    return {profile.key: profile for profile in read}


def _market(profile: Profile, gateway: Gateway, hosts: Hosts) -> ProfileMarket:
    return ProfileMarket(gateway, hosts, profile, public_hosts=MARKETPLACES[profile.key].hosts)


def _fact(profile: Profile) -> MarketplaceFact:
    known = MARKETPLACES.get(profile.key)
    if known is not None:
        return known
    described = profile.marketplace
    if described is None:
        raise ProfileWrong((Mistake(profile.key, "marketplace", "thiếu bảng này."),))
    return MarketplaceFact(
        profile.key,
        profile.name,
        Kind(described.kind),
        tuple(Alias(host) for host in described.hosts),
        (Spell(Status.ACTIVE),),
        counts_by_default=described.counts,
        note=profile.source,
    )
