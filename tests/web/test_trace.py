from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from tests.traceability.builders import GTIN

from ocop_hub.certificates.validity import CertificateState
from ocop_hub.producers.models import ProducerKind
from ocop_hub.traceability.details import Measure
from ocop_hub.traceability.epcis.links import EventLink, LinkKind
from ocop_hub.traceability.models import EventKind, LotState
from ocop_hub.traceability.scans.resolver import Fault, FaultKind, Target
from ocop_hub.traceability.scans.serial_check import SerialLine, SerialState
from ocop_hub.traceability.story.events import StoryEvent, StoryInput, StoryPaper
from ocop_hub.traceability.story.page import (
    NoticeKind,
    StoryCertificate,
    StoryLot,
    StoryPhoto,
    StoryProducer,
    StoryProduct,
    StoryRecall,
    TraceStory,
)
from ocop_hub.traceability.story.passport import passport
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import BUYER_LANGUAGES
from ocop_hub.web.trace.page import context, render_fault, render_serial, render_story

STORY = TraceStory(
    path=f"/01/{GTIN}/10/A%2F1",
    product=StoryProduct(
        name="Chả mực <Hạ Long>",
        group_vi="Thực phẩm",
        group_en="Food",
        description="",
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


FIRST_SCAN = datetime(2026, 9, 1, 1, tzinfo=UTC)
EVENT = UUID("00000000-0000-7000-8000-000000000001")
INSPECTION = StoryEvent(
    id=EVENT,
    kind=EventKind.INSPECTION,
    at=datetime(2026, 9, 30, 3, tzinfo=UTC),
    place="Xã Ba Chẽ",
    text="",
    readings=((Measure.TEMPERATURE, Decimal("4.5")), (Measure.HUMIDITY, Decimal(60))),
    papers=(
        StoryPaper(EVENT, 0, "pictures/ab/cd.jpg", ""),
        StoryPaper(EVENT, 1, "papers/ab/cd.pdf", "Phiếu <1>"),
    ),
    inspector="Trung tâm Kiểm nghiệm",
    inputs=(StoryInput("LA-1", "/t/K7"),),
    links=(EventLink(LinkKind.CERTIFICATE, "https://cert.example/1?a=1&b=<", "cert.example", "ISO <22000>"),),
)


class TestRenderStory:
    def test_a_product_without_lot_or_certificate_has_a_page(self) -> None:
        page = render_story(STORY, "vi").decode()
        assert "Chả mực &lt;Hạ Long&gt;" in page
        assert "OCOP" not in page
        assert f'href="/p/en/01/{GTIN}/10/A%2F1"' in page
        assert f'href="/p/zh/01/{GTIN}/10/A%2F1"' in page

    def test_the_smallest_copy_of_the_photo_is_shown_in_its_shape(self) -> None:
        picture = context(STORY, "vi")["product"]["picture"]
        assert picture == {"src": "/media/pictures/ab/cd.jpg?w=320", "width": 320, "height": 240}

    @pytest.mark.parametrize("notice", list(NoticeKind))
    def test_every_notice_speaks_every_language(self, notice: NoticeKind) -> None:
        spoken = {context(STORY.under(notice), lang)["notice"] for lang in BUYER_LANGUAGES}
        assert len(spoken) == 3
        assert "" not in spoken

    def test_chinese_is_simplified_and_what_is_not_translated_says_its_language(self) -> None:
        page = render_story(STORY, "zh", public_url="https://ocop.example.vn").decode()
        assert '<html lang="zh">' in page
        assert '<h1 lang="vi">' in page
        assert "ocop.example.vn" in page
        translated = replace(STORY, product=replace(STORY.product, translations={"zh": {"name": "墨鱼饼"}}))
        told = render_story(translated, "zh").decode()
        assert "<h1>墨鱼饼</h1>" in told
        assert "<title>墨鱼饼" in told

    def test_papers_pictures_and_where_it_came_from_stand_on_the_way(self) -> None:
        page = render_story(replace(STORY, events=(INSPECTION,)), "vi").decode()
        assert f'href="/giay-to/{EVENT}/1"' in page
        assert "Phiếu &lt;1&gt;" in page
        assert 'src="/media/pictures/ab/cd.jpg?w=320" width="96" height="72" loading="lazy"' in page
        assert 'href="/t/K7"' in page
        assert "Nhiệt độ 4,5 °C" in page
        assert "Độ ẩm 60%" in page
        assert "Trung tâm Kiểm nghiệm" in page

    def test_what_may_harm_stands_before_everything(self) -> None:
        page = render_story(replace(STORY, lot=RECALLED), "vi").decode()
        first, photo = page.index('id="thu-hoi"'), page.index("trace-photo")
        assert page.index("<main") < first < page.index("quá hạn sử dụng") < photo

    def test_what_others_name_by_address_is_a_link_and_no_recommendation(self) -> None:
        page = render_story(replace(STORY, events=(INSPECTION,)), "vi").decode()
        link = 'href="https://cert.example/1?a=1&amp;b=&lt;" rel="noopener nofollow external"'
        assert link in page
        assert "ISO &lt;22000&gt; · Giấy chứng nhận ở cert.example" in page


#: Letters that Vietnamese has and English has not.
_VIETNAMESE = re.compile(
    "[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE
)


def untranslated(page: str) -> list[str]:
    """Vietnamese texts of a page that do not say that they are Vietnamese."""
    body = re.sub(r"<head>.*?</head>|<nav.*?</nav>", "", page, flags=re.DOTALL)
    body = re.sub(r'<(\w+)[^>]* lang="vi"[^>]*>.*?</\1>', "", body, flags=re.DOTALL)
    return [text for text in re.findall(r">([^<]+)<", body) if _VIETNAMESE.search(text)]


def certified(state: CertificateState) -> StoryCertificate:
    return StoryCertificate("GCN-1", 4, False, state, date(2026, 9, 30), "01/QD-UBND", date(2024, 9, 30))


RELEASED = StoryLot(
    "LO-1",
    "",
    LotState.RELEASED,
    date(2026, 9, 1),
    datetime(2026, 9, 2, tzinfo=UTC),
    "",
    date(2027, 9, 1),
    None,
)
RECALLED = replace(
    RELEASED,
    state=LotState.RECALLED,
    recall=StoryRecall("Ghi sai hạn sử dụng", datetime(2026, 9, 9, tzinfo=UTC)),
    expired=True,
)


class TestEveryState:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    @pytest.mark.parametrize("state", list(CertificateState))
    @pytest.mark.parametrize("lot", [None, RELEASED, RECALLED])
    def test_speaks_the_language_asked_for(
        self, state: CertificateState, lot: StoryLot | None, lang: Lang
    ) -> None:
        story = replace(STORY, certificate=certified(state), lot=lot, events=(INSPECTION,))
        page = render_story(story, lang, public_url="https://ocop.example.vn").decode()
        # What the label says stays as it was written.
        assert [text for text in untranslated(page) if "Phiếu" not in text] == []

    @pytest.mark.parametrize("lang", ["en", "zh"])
    @pytest.mark.parametrize("state", ["unknown", "issued", "activated", "scanned", "blocked", "voided"])
    def test_so_does_the_line_about_a_serial(self, state: str, lang: Lang) -> None:
        for scans in (0, 1, 7):
            line = SerialLine("K7", SerialState(state), scans, FIRST_SCAN)
            assert untranslated(render_serial(line, lang).decode()) == []

    def test_whose_words_are_kept_and_whose_figures_are_not(self) -> None:
        def said(scans: int, code: str = "K7") -> str:
            return render_serial(SerialLine(code, SerialState.SCANNED, scans, FIRST_SCAN), "vi").decode()

        assert "Tem K7: lượt quét đầu tiên." in said(1)
        assert "Tem K7 đã được quét 2 lần, lần đầu 08:00, 1/9/2026." in said(2)
        assert "Tem K8 đã được quét 1.234 lần" in said(1_234, "K8")

    def test_whose_code_may_hold_any_sign(self) -> None:
        line = SerialLine("<b>&\ue001", SerialState.UNKNOWN)
        assert "Mã &lt;b&gt;&amp;\ue001 không có" in render_serial(line, "vi").decode()

    def test_the_check_sees_vietnamese(self) -> None:
        assert untranslated("<body><p>Số lô</p></body>") == ["Số lô"]
        assert untranslated('<p lang="vi">Số lô</p>') == []


class TestPassport:
    def test_tells_warnings_ingredients_and_papers_in_the_languages_there_are(self) -> None:
        product = replace(
            STORY.product,
            warnings="Người dị ứng hải sản không dùng",
            ingredients="Mực 90%",
            shelf_life="12 tháng",
            declaration_number="01/TCB",
            translations={"zh": {"warnings": "海鲜过敏者忌食"}},
        )
        story = replace(STORY, product=product, lot=RECALLED, events=(INSPECTION,))
        told = json.loads(passport(story, Target(gtin=GTIN, lot="LO-1"), "https://ocop.example.vn"))
        safety, *others = told["ocop:warnings"]
        assert {each["@language"]: each["@value"] for each in safety["description"]} == {
            "vi": "Người dị ứng hải sản không dùng",
            "zh": "海鲜过敏者忌食",
        }
        assert [each["ocop:kind"] for each in others] == ["recalled", "expired"]
        assert told["ocop:declaration"] == "01/TCB"
        assert told["ingredientStatement"] == [{"@value": "Mực 90%", "@language": "vi"}]
        papers = {each["url"] for each in told["ocop:traceability"]["ocop:papers"]}
        assert f"https://ocop.example.vn/giay-to/{EVENT}/1" in papers


class TestRenderFault:
    @pytest.mark.parametrize("kind", list(FaultKind))
    def test_every_fault_has_a_page_in_every_language(self, kind: FaultKind) -> None:
        assert len({render_fault(Fault(kind), lang) for lang in BUYER_LANGUAGES}) == 3
        assert "Mã" not in render_fault(Fault(kind, asked="x"), "en").decode()

    @pytest.mark.parametrize(("lang", "said"), [("vi", True), ("en", False)])
    def test_the_codes_own_rule_is_said_in_vietnamese(self, lang: Lang, said: bool) -> None:
        page = render_fault(Fault(FaultKind.MALFORMED, detail="Số kiểm tra không đúng."), lang).decode()
        assert ("Số kiểm tra không đúng." in page) is said

    def test_what_was_asked_is_escaped_and_short(self) -> None:
        page = render_fault(Fault(FaultKind.MALFORMED, asked="<b>" + "x" * 900), "vi").decode()
        assert "&lt;b&gt;" in page
        assert "x" * 101 not in page
