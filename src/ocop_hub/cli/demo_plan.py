"""What is made up beside the real products, so that a demo's province has enough to count. Pure.

The public list holds nineteen products of the home province; a share, a map and a trend want some hundreds. These are
invented, every name and decision says so ("minh hoạ", "dữ liệu trình diễn"), and the same day gives the same plan.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.places.finder import finder
from ocop_hub.producers.models import ProducerKind

#: Code of the home province.
PROVINCE: Final = "22"
NOTE: Final = "Dữ liệu trình diễn: sản phẩm, cơ sở và quyết định này không có thật."
SEED: Final = 2026

FOOD, DRINK, HERB, CRAFT, PLANT, TOUR = (
    "thuc_pham",
    "do_uong",
    "duoc_lieu",
    "thu_cong_my_nghe",
    "sinh_vat_canh",
    "du_lich",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is sold, and in which months where it is not all the year."""

    name: str
    group: str = FOOD
    months: tuple[int, ...] = ()


_MUSSEL, _SQUID = Kind("Ruốc hàu"), Kind("Mực một nắng")
_HONEY, _RICE = Kind("Mật ong hoa rừng"), Kind("Gạo nếp cái hoa vàng")
#: By former district, in the words of today's list of units; what grows and is made there is public knowledge.
KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "Thành phố Đông Triều": (
        Kind("Na dai", months=(7, 8, 9, 10)),
        Kind("Gốm sứ", CRAFT),
        _RICE,
        Kind("Tinh bột nghệ", HERB),
        Kind("Bánh gai"),
    ),
    "Huyện Ba Chẽ": (
        Kind("Trà hoa vàng", DRINK),
        Kind("Ba kích tím khô", HERB),
        _HONEY,
        Kind("Măng mai khô"),
        Kind("Nấm linh chi", HERB),
    ),
    "Thành phố Hạ Long": (
        Kind("Chả mực"),
        _SQUID,
        Kind("Hàu sữa tách vỏ"),
        Kind("Ngọc trai nuôi", CRAFT),
        Kind("Ổi lê", months=(8, 9, 10, 11, 12)),
        Kind("Chậu hoa lan", PLANT),
        Kind("Tham quan làng chài", TOUR),
    ),
    "Huyện Bình Liêu": (
        Kind("Miến dong"),
        Kind("Dầu sở", HERB),
        Kind("Tinh dầu hồi", HERB),
        Kind("Khau nhục"),
        Kind("Nghỉ tại nhà cộng đồng", TOUR),
    ),
    "Huyện Hải Hà": (
        Kind("Chè khô", DRINK),
        Kind("Ghẹ đông lạnh"),
        Kind("Mắm cáy"),
        Kind("Gà thả vườn"),
        _HONEY,
    ),
    "Thành phố Cẩm Phả": (
        Kind("Mắm chua"),
        Kind("Nấm sò tươi"),
        Kind("Rau an toàn"),
        Kind("Tượng than đá", CRAFT),
        Kind("Thịt lợn hữu cơ"),
    ),
    "Huyện Cô Tô": (_SQUID, Kind("Cá mực khô"), Kind("Sứa biển"), Kind("Nước mắm"), _MUSSEL),
    "Huyện Đầm Hà": (
        Kind("Củ cải khô"),
        Kind("Gà bản"),
        Kind("Tôm chân trắng"),
        _RICE,
        Kind("Trứng gà ri"),
    ),
    "Huyện Tiên Yên": (
        Kind("Gà Tiên Yên làm sạch"),
        Kind("Trứng vịt biển"),
        Kind("Cà sáy"),
        Kind("Bánh gật gù"),
        Kind("Mật ong sú vẹt"),
    ),
    "Thị xã Quảng Yên": (
        Kind("Hà sú"),
        _MUSSEL,
        Kind("Rượu nếp", DRINK),
        Kind("Nem chua"),
        Kind("Dưa lê", months=(4, 5, 6, 9, 10)),
    ),
    "Thành phố Móng Cái": (
        Kind("Lợn hương"),
        Kind("Ghẹ hấp"),
        Kind("Trà gừng", DRINK),
        Kind("Bột sắn dây"),
        Kind("Khoai lang"),
    ),
    "Thành phố Uông Bí": (
        Kind("Vải chín sớm", months=(5, 6)),
        Kind("Rượu mơ", DRINK),
        Kind("Thanh long ruột đỏ", months=(6, 7, 8, 9, 10, 11)),
        Kind("Mai vàng cảnh", PLANT),
    ),
    "Huyện Vân Đồn": (
        Kind("Cam", months=(10, 11, 12, 1)),
        Kind("Sá sùng khô"),
        Kind("Hàu đông lạnh"),
        _MUSSEL,
        Kind("Nước mắm sá sùng"),
    ),
}
#: Communes in which nothing is recognised yet: an empty tile is not one with 0 %.
WITHOUT: Final = frozenset({"Xã Cái Chiên", "Phường Hà Tu", "Xã Quảng Đức"})
#: Where nothing, or everything, is listed, so that both stand on the map.
NONE_LISTED: Final = frozenset({"Xã Kỳ Thượng", "Xã Hải Sơn", "Phường Hiệp Hòa"})
ALL_LISTED: Final = frozenset({"Xã Bình Liêu", "Phường Hồng Gai", "Đặc khu Vân Đồn", "Xã Đầm Hà"})

#: Days ago of the decisions, the oldest first: its certificates lapsed about two months ago. The last one came in
#: after the first period was closed (``LATE``).
WAVES: Final = (1_158, 930, 760, 610, 470, 330, 215, 132)
LATE: Final = len(WAVES) - 1

#: Marketplace → the strongest proof there, and how often it is the one chosen.
MARKETS: Final[Mapping[str, tuple[Grade, int]]] = {
    "postmart": (Grade.LINK, 44),
    "voso": (Grade.LINK, 20),
    "shopee": (Grade.API, 24),
    "san_quang_ninh": (Grade.LINK, 12),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a listing so many days ago."""

    days_ago: int
    state: ListingState
    grade: Grade
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlannedListing:
    """One listing and its history, the oldest look first."""

    market: str
    looks: tuple[Look, ...]

    @property
    def stands(self) -> bool:
        """Whether its page can be opened now."""
        return self.looks[-1].state is ListingState.LIVE and self.looks[-1].grade is not Grade.DECLARED


@dataclass(frozen=True, slots=True)
class Maker:
    """An invented producer; ``stalls`` beyond those its listings need stand empty."""

    name: str
    kind: ProducerKind
    unit_id: str
    district_id: str | None
    stalls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """An invented product. ``wave``: the decision's place in :data:`WAVES`."""

    number: int
    name: str
    kind: Kind
    maker: Maker
    stars: int
    wave: int
    listings: tuple[PlannedListing, ...]


_MAKERS: Final = (
    (ProducerKind.COOPERATIVE, "HTX", 40),
    (ProducerKind.HOUSEHOLD, "Hộ kinh doanh", 33),
    (ProducerKind.ENTERPRISE, "Công ty", 17),
    (ProducerKind.COOPERATIVE_GROUP, "Tổ hợp tác", 10),
)
#: How a listing went on after it was live, with what the marketplace said; chosen where one has dropped out.
_ENDS: Final = (
    (ListingState.DELETED, ""),
    (ListingState.UNLISTED, ""),
    (ListingState.SUSPENDED, "ảnh không rõ nhãn hàng hóa"),
    (ListingState.UNKNOWN, ""),
)
#: How far it came where it was never live.
_STARTS: Final = (
    (ListingState.NEEDS_PERSON, ""),
    (ListingState.REJECTED, "thiếu bản công bố chất lượng"),
    (ListingState.IN_REVIEW, ""),
)


def plan() -> list[PlannedProduct]:
    """Every invented product of the province, by commune and number."""
    chance = random.Random(SEED)  # noqa: S311 - the same province in every demo
    found: list[PlannedProduct] = []
    communes = [unit for unit in finder().communes_of(PROVINCE) if unit.full_name not in WITHOUT]
    for unit in communes:
        district = finder().main_former_district_of(unit.id)
        kinds = KINDS.get(district.full_name if district else "", KINDS["Thành phố Hạ Long"])
        share = _share(unit.full_name, chance)
        wanted = chance.choices((2, 3, 4, 5, 6, 8, 10), (12, 18, 22, 20, 14, 9, 5))[0]
        makers = _makers(chance, unit.id, unit.name, district.id if district else None, wanted, len(found))
        for n in range(wanted):
            found.append(_product(chance, len(found) + 1, kinds[n % len(kinds)], makers[n], share))
    return found


def _share(commune: str, chance: random.Random) -> float:
    """How many of a commune's products are listed by now."""
    if commune in ALL_LISTED:
        return 1.0
    return 0.0 if commune in NONE_LISTED else chance.uniform(0.35, 0.98)


def _makers(
    chance: random.Random,
    unit_id: str,
    unit_name: str,
    district_id: str | None,
    wanted: int,
    from_number: int,
) -> list[Maker]:
    """One maker for each product; some make two or three."""
    makers: list[Maker] = []
    while len(makers) < wanted:
        kind, word, _ = chance.choices(_MAKERS, [weight for *_, weight in _MAKERS])[0]
        name = f"{word} minh hoạ {from_number + len(makers) + 1:03} ({unit_name})"
        empty = chance.choices(((), ("postmart",), ("voso",)), (6, 3, 1))[0]
        makers += [Maker(name, kind, unit_id, district_id, empty)] * chance.choices((1, 2, 3), (5, 3, 1))[0]
    return makers[:wanted]


def _product(chance: random.Random, number: int, kind: Kind, maker: Maker, share: float) -> PlannedProduct:
    stars = chance.choices((3, 4, 5), (72, 25, 3))[0]
    wave = chance.choices(range(len(WAVES)), (5, 12, 16, 18, 17, 14, 12, 6))[0]
    made = PlannedProduct(number, f"{kind.name} minh hoạ {number:03}", kind, maker, stars, wave, ())
    if kind.group == TOUR:
        return made
    if chance.random() < share:
        return replace(made, listings=tuple(_listed(chance, wave)))
    return replace(made, listings=tuple(_not_listed(chance, wave, ever=share > 0)))


def _market(chance: random.Random) -> str:
    return chance.choices(list(MARKETS), [weight for _, weight in MARKETS.values()])[0]


def _begins(chance: random.Random, wave: int) -> int:
    """Days ago of the first look: not before the decision; ever more in the last year."""
    longest = min(WAVES[wave] - 6, 520)
    return max(3, int(longest * chance.random() ** 0.8))


def _listed(chance: random.Random, wave: int) -> Iterator[PlannedListing]:
    """Live today on one marketplace or two; some were gone for a while, and not every proof suffices."""
    first = _market(chance)
    for market in dict.fromkeys((first, _market(chance) if chance.random() < 0.35 else first)):
        began, grade = _begins(chance, wave), MARKETS[market][0]
        if grade is Grade.LINK and chance.random() < 0.14:
            # An officer's look stands for 90 days; the older ones wait for the next.
            yield PlannedListing(market, (Look(chance.randrange(5, 110), ListingState.LIVE, Grade.SEEN),))
            continue
        if grade is Grade.LINK and chance.random() < 0.06:
            yield PlannedListing(market, (Look(began, ListingState.LIVE, Grade.DECLARED),))
            continue
        looks = [Look(began, ListingState.LIVE, grade)]
        if began > 90 and chance.random() < 0.12:
            gone = chance.randrange(50, began - 20)
            looks.append(Look(gone, ListingState.DELETED, grade))
            looks.append(Look(max(2, gone - chance.randrange(20, 60)), ListingState.LIVE, grade))
        yield PlannedListing(market, tuple(looks))


def _not_listed(chance: random.Random, wave: int, *, ever: bool) -> Iterator[PlannedListing]:
    """Dropped out, on its way, or never begun."""
    fate = chance.random()
    market = _market(chance)
    grade = MARKETS[market][0]
    if ever and fate < 0.36:
        began = max(60, _begins(chance, wave))
        state, reason = chance.choice(_ENDS)
        yield PlannedListing(
            market,
            (
                Look(began, ListingState.LIVE, grade),
                Look(chance.randrange(4, began - 20), state, grade, reason),
            ),
        )
    elif fate < 0.62:
        state, reason = chance.choice(_STARTS)
        yield PlannedListing(market, (Look(chance.randrange(2, 25), state, grade, reason),))


def stalls(products: Sequence[PlannedProduct]) -> list[tuple[Maker, str]]:
    """Every stall of every maker, once."""
    wanted = {
        (product.maker, market): None
        for product in products
        for market in (*product.maker.stalls, *(listing.market for listing in product.listings))
    }
    return list(wanted)
