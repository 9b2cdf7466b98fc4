"""The kitchen sink: every macro once, and what each promises."""

from __future__ import annotations

from ocop_hub.errors import FieldProblem
from ocop_hub.web.format import Lang
from ocop_hub.web.render import environment

_UI = '{% import "macros/ui.html" as ui %}{% import "macros/forms.html" as forms %}'


def draw(source: str, *, lang: Lang = "vi", **context: object) -> str:
    return environment(lang).from_string(_UI + source).render(context)


class TestBadges:
    def test_a_live_listing_without_stock_says_so(self) -> None:
        assert "Đang hiển thị, hết hàng" in draw("{{ ui.listing_badge('live', false) }}")
        assert "hết hàng" not in draw("{{ ui.listing_badge('live', true) }}")
        assert "hết hàng" not in draw("{{ ui.listing_badge('rejected', false) }}")

    def test_tone_is_the_class(self) -> None:
        assert 'class="badge bad"' in draw("{{ ui.certificate_badge('withdrawn') }}")
        assert "Cán bộ đã xem" in draw("{{ ui.grade_badge('seen') }}")

    def test_stars_are_read_aloud_as_a_number(self) -> None:
        text = draw("{{ ui.stars(4, true) }}")
        assert 'aria-label="4 sao"' in text
        assert text.count("<svg") == 4
        assert "Tiềm năng 5 sao" in text


class TestButtons:
    def test_a_change_is_a_form_with_the_token(self) -> None:
        text = draw("{{ ui.post_button('/x', 'Gỡ khỏi sàn', 'tok', look='danger', confirm='Gỡ?') }}")
        assert 'method="post"' in text
        assert 'name="csrf" value="tok"' in text
        assert 'data-confirm="Gỡ?"' in text

    def test_a_way_is_a_link(self) -> None:
        assert draw("{{ ui.button('Xem', '/x') }}").strip().startswith('<a class="button" href="/x">')


class TestFigures:
    def test_bar_is_drawn_without_style(self) -> None:
        text = draw("{{ ui.bar(0.899, 0.7) }}")
        assert 'class="fill" width="899"' in text
        assert 'class="mark" x="696"' in text
        assert "style" not in text

    def test_share_of_nothing_is_said(self) -> None:
        assert "89,9%" in draw("{{ ui.share(393, 437) }}")
        assert "Chưa có sản phẩm" in draw("{{ ui.share(0, 0) }}")


class TestPagesAndEmpty:
    def test_pagination_shows_only_what_exists(self) -> None:
        assert draw("{{ ui.pagination() }}").strip() == ""
        text = draw("{{ ui.pagination(next='?c=2') }}")
        assert "Trang sau" in text
        assert "Trang trước" not in text

    def test_empty_may_carry_a_button(self) -> None:
        assert "Không có gì" in draw("{{ ui.empty('Không có gì') }}")
        assert "thêm" in draw("{% call ui.empty('Không có gì') %}thêm{% endcall %}")


class TestFields:
    def test_problem_and_hint_are_tied_to_the_input(self) -> None:
        errors = [
            FieldProblem("name", "missing", "Ghi tên sản phẩm."),
            FieldProblem("price", "x", "Giá sai."),
        ]
        text = draw("{{ forms.field('name', 'Tên', hint='Như trên bao bì', errors=errors) }}", errors=errors)
        assert 'aria-describedby="h-name e-name"' in text
        assert 'aria-invalid="true"' in text
        assert "Giá sai" not in text

    def test_summary_leads_to_each_field(self) -> None:
        errors = [FieldProblem("name", "missing", "Ghi tên sản phẩm.")]
        assert '<a href="#f-name">Ghi tên sản phẩm.</a>' in draw(
            "{{ forms.error_summary(errors) }}", errors=errors
        )
        assert draw("{{ forms.error_summary([]) }}").strip() == ""

    def test_choice_and_text_keep_what_was_chosen(self) -> None:
        options = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
        text = draw(
            "{{ forms.choose('c', 'Chọn', o, 'b') }}{{ forms.radios('r', 'Chọn', o, 'a') }}{{ forms.area('t', 'Mô tả', v) }}",
            o=options,
            v="</textarea><b>",
        )
        assert '<option value="b" selected>' in text
        assert 'value="a" id="f-r" checked' in text
        assert "&lt;/textarea&gt;&lt;b&gt;" in text


class TestPhoto:
    def test_without_a_picture_the_groups_drawing_stands(self) -> None:
        assert "photo-none drink" in draw("{{ ui.photo(none, 'Đồ uống') }}")

    def test_a_picture_has_its_size_and_waits_for_its_turn(self) -> None:
        text = draw("{{ ui.photo(p, alt='Trứng') }}", p={"src": "/m/1.jpg", "width": 600, "height": 450})
        assert 'width="600" height="450" alt="Trứng" loading="lazy"' in text


class TestSerialLine:
    def test_says_what_is_known_and_never_that_a_thing_is_genuine(self) -> None:
        serial = {"state": "scanned", "code": "K7", "looks": 1, "count": "1", "first": ""}
        template = environment("vi").get_template("trace/serial.html")
        assert "lượt quét đầu tiên" in template.render(serial=serial)
        assert "chưa kích hoạt" in template.render(serial=serial | {"state": "issued"})
        assert "đã được khóa" in template.render(serial=serial | {"state": "blocked"})
        assert "đã hủy" in template.render(serial=serial | {"state": "voided"})
        assert "không có trong đợt in tem" in template.render(serial=serial | {"state": "unknown"})
        for state in ("scanned", "issued", "blocked", "voided", "unknown"):
            said = template.render(serial=serial | {"state": state}).lower()
            assert not any(word in said for word in ("hàng thật", "chính hãng", "xác thực"))
