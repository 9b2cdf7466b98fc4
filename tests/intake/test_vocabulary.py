from __future__ import annotations

import pytest

from ocop_hub.catalogue.reference import GROUPS
from ocop_hub.intake.vocabulary import group_code, producer_kind, sub_group_code
from ocop_hub.kit.values import ValueProblem
from ocop_hub.producers.models import ProducerKind


class TestGroupCode:
    @pytest.mark.parametrize(("code", "name"), [(code, name) for code, name, _, _ in GROUPS])
    def test_names_in_force(self, code: str, name: str) -> None:
        assert group_code(name.upper()) == code
        assert group_code(f"Nhóm {name}") == code
        assert group_code(code) == code

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Vải, may mặc", "thu_cong_my_nghe"),
            ("Lưu niệm - nội thất - trang trí", "thu_cong_my_nghe"),
            ("Thảo dược", "duoc_lieu"),
            ("Dịch vụ du lịch nông thôn, bán hàng", "du_lich"),
            ("II. Đồ uống", "do_uong"),
            ("1. Ngành thực phẩm", "thuc_pham"),
        ],
    )
    def test_former_names_and_numbering(self, name: str, code: str) -> None:
        assert group_code(name) == code

    def test_another_word_is_named_with_the_choices(self) -> None:
        with pytest.raises(ValueProblem, match="Sinh vật cảnh"):
            group_code("Điện tử")


class TestProducerKind:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("HTX Sơn Hòa", ProducerKind.COOPERATIVE),
            ("Hợp tác xã Nông nghiệp", ProducerKind.COOPERATIVE),
            ("Tổ hợp tác Lê Nậm Pung", ProducerKind.COOPERATIVE_GROUP),
            ("Công ty TNHH MTV Traphaco Sa Pa", ProducerKind.ENTERPRISE),
            ("Cơ sở minh hoạ 01", ProducerKind.HOUSEHOLD),
            ("Hộ kinh doanh 01 (Cô Tô)", ProducerKind.HOUSEHOLD),
            ("Hộ Nguyễn", ProducerKind.HOUSEHOLD),
            ("hop_tac_xa", ProducerKind.COOPERATIVE),
            ("Hồ Tiêu Việt", None),
        ],
    )
    def test_first_words_decide(self, text: str, kind: ProducerKind | None) -> None:
        assert producer_kind(text) == kind


class TestSubGroupCode:
    @pytest.mark.parametrize(
        ("text", "group", "code"),
        [
            ("Đồ uống có cồn", "do_uong", "do_uong_co_con"),
            ("2. DO UONG KHONG CON", "do_uong", "do_uong_khong_con"),
            ("Phân nhóm Tinh dầu", "duoc_lieu", "tinh_dau"),
        ],
    )
    def test_by_name_within_the_group(self, text: str, group: str, code: str) -> None:
        assert sub_group_code(text, group) == code

    @pytest.mark.parametrize(
        ("group", "advice"), [("thuc_pham", "Thực phẩm khác"), ("thu_cong_my_nghe", "để trống ô này")]
    )
    def test_of_another_group(self, group: str, advice: str) -> None:
        with pytest.raises(ValueProblem) as refused:
            sub_group_code("Đồ uống có cồn", group)
        assert advice in refused.value.problem
