"""What a run came to, by the marketplace's own history and our tables; never by what a worker says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocop_hub.marketplaces.contract import ListingState

#: Calls of the sandbox's history that make an item.
CREATES = frozenset({"product/add_item", "v2/requests"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing as our tables have it."""

    shop_id: str
    sku: str
    state: ListingState
    remote_id: str
    open_intervals: int
    #: It stands for an item that was in the stall before us, under a SKU that is not ours.
    adopted: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every fault, by kind, in words."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    violations: tuple[str, ...]
    #: Differences between their history and our tables that are neither.
    untrue: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.violations or self.untrue)


def judge(history: Sequence[Mapping[str, Any]], listings: Sequence[Shown]) -> Verdict:
    """Hold the append-only history of accepted calls against what we believe."""
    made: dict[tuple[str, str], list[str]] = defaultdict(list)
    violations = []
    for row in history:
        if row["call"] in CREATES:
            made[row["shop_id"], row["sku"]].append(str(row["item_id"]))
        if row["call"] == "violation":
            violations.append(f"stall {row['shop_id']}: {row['detail']}")
    lost, doubled, untrue = [], [], []
    for listing in listings:
        ids = made.pop((listing.shop_id, listing.sku), [])
        if listing.adopted and ids:
            doubled.append(f"{listing.sku}: stands as adopted {listing.remote_id}, and was created as {ids}")
        if len(ids) > 1:
            doubled.append(f"{listing.sku}: created {len(ids)} times")
        if not ids and not listing.adopted:
            lost.append(f"{listing.sku}: never created")
        elif not listing.adopted and listing.remote_id not in ids:
            untrue.append(f"{listing.sku}: we say {listing.remote_id or 'nothing'}, the marketplace {ids}")
        if listing.state is not ListingState.LIVE:
            lost.append(f"{listing.sku}: {listing.state.value}")
        if listing.open_intervals != 1:
            untrue.append(f"{listing.sku}: {listing.open_intervals} open intervals")
    untrue += [f"{sku} in stall {shop}: nobody asked for it" for shop, sku in made]
    return Verdict(tuple(lost), tuple(doubled), tuple(violations), tuple(untrue))
