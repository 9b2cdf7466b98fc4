"""The decisions that need no database."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.photos import framed, still_life

from ocop_hub.kit.looks import look_of
from ocop_hub.kit.sealing import CannotOpen, Sealer
from ocop_hub.marketplaces.contract import Capabilities, Item, ListingState, Mode
from ocop_hub.publishing.draft import seller_sku
from ocop_hub.publishing.lane.decide import Row, decide
from ocop_hub.publishing.models import Desired, Step
from ocop_hub.publishing.stalls.matching import ASK_FROM, SETTLING, Candidate, Ground, best_match

API = Capabilities(mode=Mode.API, updates=True, unlists=True, finds_by_sku=True, reads_status=True)
NEW = Row(
    desired=Desired.LIVE,
    behind=True,
    state=ListingState.NONE,
    remote_id="",
    public_url="",
    create_unresolved=False,
)
LIVE = replace(NEW, behind=False, state=ListingState.LIVE, remote_id="7")


class TestDecide:
    @pytest.mark.parametrize(
        ("row", "step"),
        [
            (NEW, Step.CREATE),
            (replace(NEW, create_unresolved=True), Step.SETTLE),
            (replace(NEW, state=ListingState.REJECTED, behind=False), Step.IDLE),
            (replace(NEW, state=ListingState.REJECTED), Step.CREATE),
            (LIVE, Step.LOOK),
            (replace(LIVE, behind=True), Step.UPDATE),
            (replace(LIVE, stale=True), Step.UPDATE),
            (replace(LIVE, stale=True, desired=Desired.UNLISTED), Step.UNLIST),
            (replace(LIVE, stale=True, state=ListingState.DELETED), Step.IDLE),
            (replace(LIVE, state=ListingState.UNLISTED), Step.RELIST),
            (replace(LIVE, state=ListingState.DELETED), Step.IDLE),
            (replace(LIVE, desired=Desired.UNLISTED), Step.UNLIST),
            (replace(LIVE, desired=Desired.WITHDRAWN, state=ListingState.UNLISTED), Step.LOOK),
            (replace(NEW, desired=Desired.UNLISTED), Step.IDLE),
            (replace(NEW, desired=Desired.UNLISTED, create_unresolved=True), Step.SETTLE),
        ],
    )
    def test_step(self, row: Row, step: Step) -> None:
        assert decide(row, API) is step

    @given(
        st.builds(
            Row,
            desired=st.sampled_from(Desired),
            behind=st.booleans(),
            state=st.sampled_from(ListingState),
            remote_id=st.sampled_from(["", "7"]),
            public_url=st.sampled_from(["", "https://x"]),
            create_unresolved=st.booleans(),
        )
    )
    def test_a_create_never_follows_an_unresolved_one_or_a_known_item(self, row: Row) -> None:
        if row.create_unresolved or row.remote_id:
            assert decide(row, API) is not Step.CREATE

    @pytest.mark.parametrize(
        ("row", "step"),
        [
            (replace(LIVE, state=ListingState.REJECTED), Step.IDLE),
            (replace(LIVE, state=ListingState.REJECTED, behind=True), Step.CREATE),
            (
                replace(LIVE, state=ListingState.REJECTED, behind=True, create_unresolved=True),
                Step.SETTLE,
            ),
            (replace(LIVE, behind=True), Step.UPDATE),
        ],
    )
    def test_what_was_rejected_and_cannot_be_edited_is_made_anew(self, row: Row, step: Step) -> None:
        assert decide(row, replace(API, edits_rejected=False)) is step

    def test_without_an_interface_only_a_link_is_ever_checked(self) -> None:
        assisted = Capabilities(mode=Mode.ASSISTED, checks_links=True)
        assert decide(NEW, assisted) is Step.IDLE
        assert decide(replace(NEW, public_url="https://x"), assisted) is Step.CHECK_LINK


def item(title: str, **more: object) -> Item:
    return Item("1", title, None, **more)  # type: ignore[arg-type]  # keyword values of the dataclass


class TestMatching:
    PRODUCT = Candidate(uuid4(), "Trứng vịt biển Đồng Rui", "08936003721777", 135_000, "OCOP-A")

    @pytest.mark.parametrize(
        "title",
        [
            "TRỨNG VỊT BIỂN ĐỒNG RUI",
            "Trung vit bien Dong Rui vi 30 qua",
            "[OCOP] Trứng vịt biển Đồng Rui loại ngon",
        ],
    )
    def test_the_same_product_under_a_shops_words(self, title: str) -> None:
        match = best_match(item(title), [self.PRODUCT])
        assert match is not None
        assert match.score >= ASK_FROM

    @pytest.mark.parametrize("title", ["Mắm ruốc hũ 400 g", "Vịt biển làm sạch 1,8 kg", "Giỏ quà nông sản"])
    def test_another_product(self, title: str) -> None:
        assert best_match(item(title), [self.PRODUCT]) is None

    LOOK = look_of(still_life(1))
    SHOWN = replace(PRODUCT, looks=(look_of(still_life(2)), LOOK))

    def test_the_same_photo_under_another_name_is_asked_about_and_settles_nothing(self) -> None:
        match = best_match(item("Quà biếu Tết"), [self.SHOWN], look=look_of(framed(still_life(1))))
        assert match is not None
        assert (match.score, match.grounds) == (ASK_FROM, (Ground.PICTURE,))
        assert not SETTLING.intersection(match.grounds)
        assert best_match(item("Quà biếu Tết"), [self.SHOWN], look=look_of(still_life(3))) is None

    def test_a_photo_decides_between_two_like_named_products(self) -> None:
        twin = replace(self.PRODUCT, product_id=uuid4(), seller_sku="OCOP-B")
        match = best_match(item("Trứng vịt biển Đồng Rui"), [twin, self.SHOWN], look=self.LOOK)
        assert match is not None
        assert match.product_id == self.SHOWN.product_id
        assert match.grounds == (Ground.NAME, Ground.PICTURE)

    def test_a_price_beside_the_photo_settles_nothing_either(self) -> None:
        match = best_match(replace(item("Quà biếu"), price_vnd=135_000), [self.SHOWN], look=self.LOOK)
        assert match is not None
        assert not SETTLING.intersection(match.grounds)

    def test_the_same_gtin_settles_it(self) -> None:
        match = best_match(item("Duck eggs", gtin="8936003721777"), [self.PRODUCT])
        assert match is not None


def test_a_sku_depends_on_the_product_alone() -> None:
    product = uuid4()
    assert seller_sku(product) == seller_sku(product)
    assert len(seller_sku(product)) <= 50
    assert seller_sku(product) != seller_sku(uuid4())


class TestSealing:
    def test_round_trip(self) -> None:
        sealed = Sealer(b"a" * 32).seal("bí mật".encode(), belongs_to="account:1")
        assert Sealer(b"a" * 32).open(sealed, belongs_to="account:1").decode() == "bí mật"

    @pytest.mark.parametrize(("key", "place"), [(b"b" * 32, "account:1"), (b"a" * 32, "account:2")])
    def test_another_key_or_place_cannot_open_it(self, key: bytes, place: str) -> None:
        sealed = Sealer(b"a" * 32).seal(b"x", belongs_to="account:1")
        with pytest.raises(CannotOpen):
            Sealer(key).open(sealed, belongs_to=place)
