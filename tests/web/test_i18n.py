"""Every Vietnamese text on a page has its English, and no English stands among the Vietnamese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ocop_hub import web
from ocop_hub.reporting.reasons import SAID
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import BUYER_LANGUAGES, LOCALE_DIR, catalog, pick_language, translate
from ocop_hub.web.labels import LABELS

_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "translate": (2,)}

#: Words of the trade and names that are written so in Vietnamese too.
_ALLOWED = {
    "ocop",
    "qr",
    "excel",
    "csv",
    "mb",
    "png",
    "svg",
    "gtin",
    "gln",
    "c",
    "htx",
    "postmart",
    "shopee",
    "voso",
    "tiktok",
}
_SYLLABLE = re.compile(
    r"(ngh|ng|nh|gh|gi|ch|kh|ph|qu|th|tr|[bcdghklmnprstvx])?[aeiouy]{1,3}(ng|nh|ch|[cmnpt])?", re.IGNORECASE
)


#: Files whose texts a buyer sees after a scan.
_BUYERS = re.compile(r"templates/(trace/|base_trace|macros/(ui|icons))|(^|/)trace/(page|report)\.py")


def _texts() -> Iterator[str | tuple[str, ...]]:
    """What the templates and modules of ``web`` ask to be translated."""
    for _, text in _texts_of(re.compile("")):
        yield text


def _texts_of(wanted: re.Pattern[str]) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """The same with the files they stand in, of those files that ``wanted`` finds."""
    for found in extract_from_dir(LOCALE_DIR.parent, _METHODS, _OPTIONS, keywords=_KEYWORDS):
        if wanted.search(found[0]):
            yield found[0], found[2]


def _foreign_words(text: str) -> list[str]:
    """The words in ``text`` that cannot be Vietnamese syllables."""
    plain = re.sub(r"%\(\w+\)s", " ", text)
    bare = unicodedata.normalize("NFD", plain.replace("đ", "d").replace("Đ", "D"))
    words = re.findall(r"[A-Za-z]+", "".join(c for c in bare if not unicodedata.combining(c)))
    return [w for w in words if w.lower() not in _ALLOWED | {"tmdt"} and not _SYLLABLE.fullmatch(w)]


class TestCatalogue:
    def test_every_text_has_its_english(self) -> None:
        texts = list(_texts())
        english = catalog("en")
        single = [t for t in texts if isinstance(t, str)]
        counted = [t for t in texts if isinstance(t, tuple)]
        assert len(single) > 150, "the extractor found too little to be right"
        missing = [t for t in single if english.gettext(t) == t]
        missing += [t[0] for t in counted if english.ngettext(t[0], t[1], 2) == t[1]]
        assert missing == [], f"add these to {LOCALE_DIR}/en/LC_MESSAGES/hub.po"

    def test_every_next_step_has_its_english(self) -> None:
        english = catalog("en")
        steps = {step for _, step, _ in SAID.values() if step}
        assert [step for step in steps if english.gettext(step) == step] == []

    def test_translations_keep_their_places(self) -> None:
        pattern = re.compile(r"%\((\w+)\)s")
        english = catalog("en")
        for text in _texts():
            if isinstance(text, str):
                assert set(pattern.findall(text)) == set(pattern.findall(english.gettext(text))), text

    def test_vietnamese_texts_hold_no_english_words(self) -> None:
        flat = [one for text in _texts() for one in ([text] if isinstance(text, str) else text)]
        assert {text: _foreign_words(text) for text in flat if _foreign_words(text)} == {}

    def test_texts_are_nfc(self) -> None:
        flat = [one for text in _texts() for one in ([text] if isinstance(text, str) else text)]
        assert [text for text in flat if not unicodedata.is_normalized("NFC", text)] == []

    @pytest.mark.parametrize("text", ["Tải feed lên", "Xem dashboard", "Đăng listing", "Upload tệp"])
    def test_the_word_check_sees_english(self, text: str) -> None:
        assert _foreign_words(text)

    def test_words_that_must_not_appear(self) -> None:
        forbidden = (
            "chính hãng",
            "hàng thật",
            "độ phủ",
            "nhà bán hàng",
            "đồng bộ thất bại",
            "tỉnh Quảng Ninh",
        )
        folder = LOCALE_DIR.parent / "templates"
        pages = {path: path.read_text() for path in folder.rglob("*.html")}
        # A template's first comment documents its context and may quote example data.
        bodies = {path: re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL) for path, text in pages.items()}
        assert [(p.name, w) for p, body in bodies.items() for w in forbidden if w in body.lower()] == []


class TestChinese:
    """What a buyer sees after a scan; the rest of the house stays Vietnamese and English."""

    def test_every_text_of_a_buyers_page_has_its_chinese(self) -> None:
        chinese = catalog("zh")
        asked = [text for name, text in _texts_of(_BUYERS) if isinstance(text, str)]
        asked += [word.text for kind in ("event", "certificate") for word in LABELS[kind].values()]
        assert len(asked) > 90, "the extractor found too little to be right"
        assert [text for text in asked if chinese.gettext(text) == text] == []

    def test_it_is_simplified_and_keeps_the_places(self) -> None:
        pattern = re.compile(r"%\((\w+)\)s")
        path = LOCALE_DIR / "zh" / "LC_MESSAGES" / "hub.po"
        with path.open("rb") as source:
            told = {str(each.id): str(each.string) for each in read_po(source, locale="zh") if each.id}
        assert {
            vi: zh for vi, zh in told.items() if set(pattern.findall(vi)) != set(pattern.findall(zh))
        } == {}
        traditional = set("產証證質單標籤號碼檢驗貯條購買網記錄請該為與會開關電話處錯誤導")
        assert {zh for zh in told.values() if traditional & set(zh)} == set()

    def test_a_chinese_browser_is_understood_where_there_is_chinese(self) -> None:
        assert pick_language(accept="zh-CN,zh;q=0.9,en;q=0.5", among=BUYER_LANGUAGES) == "zh"
        assert pick_language(accept="zh-CN,zh;q=0.9,en;q=0.5") == "en"


class TestTranslate:
    def test_fills_places(self) -> None:
        assert translate("vi", "%(n)s sao", n=4) == "4 sao"
        assert translate("en", "%(n)s sao", n=4) == "4 stars"

    def test_counts(self) -> None:
        text = "%(num)s sản phẩm chưa lên sàn"
        assert catalog("en").ngettext(text, text, 1) == "%(num)s product not listed"
        assert catalog("en").ngettext(text, text, 0) == "%(num)s products not listed"
        assert catalog("vi").ngettext(text, text, 1) == text


class TestPickLanguage:
    @pytest.mark.parametrize(
        ("chosen", "cookie", "accept", "lang"),
        [
            (None, None, None, "vi"),
            ("en", "vi", "vi", "en"),
            ("xx", "en", "vi", "en"),
            (None, None, "en-GB,en;q=0.9,vi;q=0.8", "en"),
            (None, None, "fr, vi;q=0.7, en;q=0.3", "vi"),
            (None, None, "en;q=0, vi;q=0.1", "vi"),
            (None, None, "de, fr", "en"),
            (None, None, "ko-KR,ko;q=0.9", "en"),
            (None, None, "ja-JP, *;q=0.5", "en"),
            (None, None, "*", "vi"),
            (None, None, ";;;q=,en;q=abc,", "vi"),
        ],
    )
    def test_address_then_cookie_then_browser(
        self, chosen: str | None, cookie: str | None, accept: str | None, lang: Lang
    ) -> None:
        assert pick_language(chosen=chosen, cookie=cookie, accept=accept) == lang


def test_the_room_is_where_the_extractor_looks() -> None:
    assert web.__file__ is not None
    assert LOCALE_DIR.parent.samefile(web.__path__[0])
