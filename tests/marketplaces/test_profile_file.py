"""Partner profiles: what ships, and a sentence for every mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from ocop_hub.marketplaces import own
from ocop_hub.marketplaces.profile_calls import at, filled
from ocop_hub.marketplaces.profile_file import ProfileWrong, assumed_lines, load_profile, read_profile

FOLDER = resources.files("ocop_hub.marketplaces").joinpath("profiles")
POSTMART = FOLDER.joinpath("postmart.toml").read_text("utf-8")


def swapped(old: str, new: str) -> str:
    """The Postmart profile with one thing changed."""
    assert old in POSTMART
    return POSTMART.replace(old, new, 1)


def without_table(name: str) -> str:
    return re.sub(rf"(?ms)^\[{re.escape(name)}\]$.*?(?=^\[|\Z)", "", POSTMART)


def consenting(page: str, *, token: str = 'token = "oauth/token"') -> str:
    return f"{POSTMART}\n[consent]\n{page}\n{token}\n"


class TestShipped:
    @pytest.mark.parametrize("key", sorted(own.shipped()))
    def test_every_line_says_whether_it_is_assumed(self, key: str) -> None:
        text = FOLDER.joinpath(f"{key}.toml").read_text("utf-8")
        lines = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
        unmarked = [
            line for line in lines if not re.search(r"# (assumed|confirmed: |ours|not published)", line)
        ]
        assert unmarked == []
        assert assumed_lines(text) > 50

    def test_no_host_of_an_interface_is_made_up(self) -> None:
        assert {key: profile.hosts.api for key, profile in own.shipped().items()} == {
            "postmart": "",
            "voso": "",
        }


#: (what is changed, key that is named, words of the sentence)
MISTAKES: tuple[tuple[Callable[[], str], str, str], ...] = (
    (lambda: "= 1", "", "không đọc được như TOML"),
    (lambda: swapped("version = 1", "version = 2"), "version", "cần 1"),
    (lambda: swapped('key = "postmart"', 'key = "Sàn"'), "key", "chữ thường không dấu"),
    (lambda: swapped('name = "Postmart', 'nmae = "Postmart'), "nmae", "không có mục này"),
    (lambda: swapped('name = "Postmart', 'nmae = "Postmart'), "name", "thiếu mục này; cần tên sàn"),
    (lambda: swapped('public = "https://', 'public = "ftp://'), "hosts.public", "https://"),
    (lambda: swapped(r"(\d+)\.html'", r"\d+\.html'"), "pages.path", "một nhóm"),
    (lambda: swapped(r"(\d+)\.html'", r"(\d+\.html'"), "pages.path", "biểu thức chính quy"),
    (lambda: swapped("san-pham-{remote_id}", "san-pham"), "pages.address", "{remote_id}"),
    (lambda: swapped("{access_token}", "{password}"), "auth.headers", "không có {password}"),
    (lambda: swapped("{access_token}", "{access_token.__class__}"), "auth.headers", "__class__"),
    (lambda: swapped("good = [200]", ""), "answer.good", "danh sách mã thành công"),
    (lambda: swapped('"{price_vnd}"', '"{price}"'), "calls.publish.body", "dùng được: access_token"),
    (lambda: swapped('"{price_vnd}"', '"{price_vnd"'), "calls.publish.body", "dấu { hoặc } lẻ"),
    (lambda: swapped('method = "POST"', 'method = "SEND"'), "calls.upload_picture.method", "một trong: GET"),
    (lambda: swapped('path = "apis', 'path = "/apis'), "calls.upload_picture.path", "dấu /"),
    (lambda: swapped('items = "result"', ""), "calls.find.items", "ở đâu trong câu trả lời"),
    (lambda: without_table("calls.find"), "calls.find", "đăng hai lần"),
    (lambda: without_table("calls.relist"), "calls.relist", "phải có cả hai"),
    (lambda: swapped('dang_ban = "live"', 'dang_ban = "on"'), "states.dang_ban", "trạng thái"),
    (lambda: swapped('dang_ban = "live"', ""), "states", "đang hiển thị"),
    (lambda: swapped('422 = "refused"', '422 = "no"'), "errors.422", "một trong: sign_in_again"),
    (lambda: consenting('page = "/oauth/a"'), "consent.page", "không bắt đầu bằng dấu /"),
    (lambda: consenting('page = "a"', token='token = "https://x/t"'), "consent.token", "đường dẫn"),
    (lambda: consenting('page = "a"', token=""), "consent.token", "thiếu mục này; cần đường dẫn cấp khóa"),
    (lambda: consenting('page = "a"\nclient = "jwt"'), "consent.client", "một trong: form, basic"),
    (
        lambda: consenting('page = "a"').replace("{access_token}", "{shop_id}"),
        "auth.headers",
        "{access_token}",
    ),
    (lambda: swapped("max_pictures = 9", "max_pictures = 0"), "limits.max_pictures", "từ 1 đến 50"),
)


class TestMistakes:
    @pytest.mark.parametrize(("make", "key", "words"), MISTAKES)
    def test_each_names_file_key_and_what_is_expected(
        self, make: Callable[[], str], key: str, words: str
    ) -> None:
        with pytest.raises(ProfileWrong) as wrong:
            read_profile(make(), "cua-toi.toml")
        said = [each for each in wrong.value.mistakes if each.key == key]
        assert said, wrong.value.mistakes
        assert words in said[0].problem
        assert str(said[0]).startswith("cua-toi.toml: ")

    def test_all_are_told_at_once(self) -> None:
        with pytest.raises(ProfileWrong) as wrong:
            read_profile(
                swapped("version = 1", "version = 2").replace("max_pictures = 9", "max_pictures = 99"), "x"
            )
        assert {each.key for each in wrong.value.mistakes} == {"version", "limits.max_pictures"}

    def test_a_file_that_is_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "x.toml"
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ProfileWrong, match="UTF-8"):
            load_profile(path)


class TestOwnFolder:
    def test_every_file_is_checked_before_anything_starts(self, tmp_path: Path) -> None:
        (tmp_path / "a.toml").write_text(swapped("version = 1", "version = 2"), "utf-8")
        (tmp_path / "b.toml").write_text(swapped('key = "postmart"', 'key = "san_moi"'), "utf-8")
        with pytest.raises(own.OwnMarketplaceWrong) as wrong:
            own.load(tmp_path, ())
        assert "a.toml: version" in wrong.value.detail
        assert "b.toml: marketplace: thiếu bảng này" in wrong.value.detail

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(own.OwnMarketplaceWrong, match="OCOP_HUB_PROFILES_DIR"):
            own.load(tmp_path / "none", ())

    def test_a_module_that_is_not_there(self) -> None:
        with pytest.raises(own.OwnMarketplaceWrong, match="khong_co"):
            own.load(None, ("khong_co",))

    def test_a_module_without_its_names(self) -> None:
        with pytest.raises(own.OwnMarketplaceWrong, match="FACT"):
            own.load(None, ("json",))


class TestTemplates:
    def test_a_name_alone_keeps_its_type(self) -> None:
        values = {"price_vnd": 5, "picture_refs": ["a"], "title": "{gtin}"}
        template = {"p": "{price_vnd}", "t": "{title}!", "i": "{picture_refs}", "n": [{"q": "{price_vnd} đ"}]}
        assert filled(template, values) == {"p": 5, "t": "{gtin}!", "i": ["a"], "n": [{"q": "5 đ"}]}

    def test_what_is_not_known_is_not_said(self) -> None:
        assert filled({"w": "{w}", "g": "{g}", "s": "{s}", "x": ""}, {"w": None, "g": "", "s": 0}) == {
            "s": 0,
            "x": "",
        }

    def test_paths_lead_through_lists(self) -> None:
        assert at({"a": [{"b": 1}]}, "a.0.b") == 1
        assert at({"a": [{"b": 1}]}, "a.1.b") is None
        assert at({"a": 1}, "a.b") is None
