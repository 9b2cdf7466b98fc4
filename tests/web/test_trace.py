from __future__ import annotations

import pytest
from tests.traceability.builders import GTIN

from ocop_hub.producers.models import ProducerKind
from ocop_hub.traceability.resolver import Fault, FaultKind
from ocop_hub.traceability.story import NoticeKind, StoryPhoto, StoryProducer, StoryProduct, TraceStory
from ocop_hub.web.format import Lang
from ocop_hub.web.trace import context, render_fault, render_story

STORY = TraceStory(
    path=f"/01/{GTIN}/10/A%2F1",
    product=StoryProduct(
        name="Chả mực <Hạ Long>",
        name_en="",
        group_vi="Thực phẩm",
        group_en="Food",
        description="",
        description_en="",
        storage="",
        gtin=GTIN,
        net_weight_g=500,
        photo=StoryPhoto("pictures/ab/cd.jpg", 1_600, 1_200),
    ),
    producer=StoryProducer("HTX Thoan", ProducerKind.COOPERATIVE, "Tổ 5", "Phường Bãi Cháy", ""),
    certificate=None,
    lot=None,
    events=(),
    shops=(),
)


class TestRenderStory:
    def test_a_product_without_lot_or_certificate_has_a_page(self) -> None:
        page = render_story(STORY, "vi").decode()
        assert "Chả mực &lt;Hạ Long&gt;" in page
        assert "OCOP" not in page
        assert f'href="/p/en/01/{GTIN}/10/A%2F1"' in page

    def test_the_smallest_copy_of_the_photo_is_shown_in_its_shape(self) -> None:
        picture = context(STORY, "vi")["product"]["picture"]
        assert picture == {"src": "/media/pictures/ab/cd.jpg?w=320", "width": 320, "height": 240}

    @pytest.mark.parametrize("notice", list(NoticeKind))
    def test_every_notice_speaks_both_languages(self, notice: NoticeKind) -> None:
        spoken = {context(STORY.under(notice), lang)["notice"] for lang in ("vi", "en")}
        assert len(spoken) == 2
        assert "" not in spoken


class TestRenderFault:
    @pytest.mark.parametrize("kind", list(FaultKind))
    def test_every_fault_has_a_page_in_both_languages(self, kind: FaultKind) -> None:
        assert render_fault(Fault(kind), "vi") != render_fault(Fault(kind), "en")
        assert "Mã" not in render_fault(Fault(kind, asked="x"), "en").decode()

    @pytest.mark.parametrize(("lang", "said"), [("vi", True), ("en", False)])
    def test_the_codes_own_rule_is_said_in_vietnamese(self, lang: Lang, said: bool) -> None:
        page = render_fault(Fault(FaultKind.MALFORMED, detail="Số kiểm tra không đúng."), lang).decode()
        assert ("Số kiểm tra không đúng." in page) is said

    def test_what_was_asked_is_escaped_and_short(self) -> None:
        page = render_fault(Fault(FaultKind.MALFORMED, asked="<b>" + "x" * 900), "vi").decode()
        assert "&lt;b&gt;" in page
        assert "x" * 101 not in page
