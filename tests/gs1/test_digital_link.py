from __future__ import annotations

import pytest

from ocop_hub.gs1.digital_link import build, from_elements, parse
from ocop_hub.gs1.errors import DigitalLinkError, Gs1Error, WrongCheckDigit

GTIN = "09520123456788"


def reason(uri: str) -> str:
    with pytest.raises(DigitalLinkError) as caught:
        parse(uri)
    return caught.value.reason


class TestBuild:
    def test_short_gtin_is_printed_with_fourteen_digits(self) -> None:
        assert build("a.vn", "9520123456788") == f"https://a.vn/01/{GTIN}"

    def test_stem_with_scheme_and_path_is_kept(self) -> None:
        assert build("https://a.vn/ocop/quangninh/", GTIN, lot="A/1") == (
            f"https://a.vn/ocop/quangninh/01/{GTIN}/10/A%2F1"
        )

    def test_attributes_of_predefined_length_come_first(self) -> None:
        uri = build("a.vn", GTIN, attributes=[("422", "704"), ("17", "260930")])
        assert uri == f"https://a.vn/01/{GTIN}?17=260930&422=704"

    def test_wrong_check_digit(self) -> None:
        with pytest.raises(WrongCheckDigit):
            build("a.vn", "09520123456789")

    @pytest.mark.parametrize(
        ("lot", "expected"),
        [
            ("LÔ-01", "invalid-cset82-character"),
            ("LO 01", "invalid-cset82-character"),
            ("A" * 21, "too-long"),
            ("", "empty"),
            ("Lô Ớ", "not-encodable"),
        ],
    )
    def test_lot_that_no_label_can_carry(self, lot: str, expected: str) -> None:
        with pytest.raises(Gs1Error) as caught:
            build("a.vn", GTIN, lot=lot)
        assert caught.value.reason == expected

    @pytest.mark.parametrize("host", ["", "a vn", "HtTp://a.vn", "https://a_b.vn", "đặcsản.vn"])
    def test_host_that_is_none(self, host: str) -> None:
        with pytest.raises(DigitalLinkError):
            build(host, GTIN)

    def test_url_of_product_is_never_an_attribute(self) -> None:
        with pytest.raises(DigitalLinkError, match="8200"):
            build("a.vn", GTIN, attributes=[("8200", "http://x")])


class TestParse:
    def test_right_most_key_leads_and_the_rest_is_stem(self) -> None:
        link = parse(f"https://a.vn/10/A/01/{GTIN}")
        assert (link.stem, link.path) == ("https://a.vn/10/A", (("01", GTIN),))

    @pytest.mark.parametrize("scheme", ["http", "https", "HTTP", "HTTPS"])
    def test_scheme_in_one_case(self, scheme: str) -> None:
        assert parse(f"{scheme}://a.vn/01/{GTIN}").stem == f"{scheme}://a.vn"

    def test_scheme_in_mixed_case(self) -> None:
        assert reason(f"HtTp://a.vn/01/{GTIN}") == "illegal-scheme"

    @pytest.mark.parametrize(
        ("rest", "expected"),
        [
            ("/21/x/10/y", "wrong-path-order"),
            ("?10=A", "belongs-in-path"),
            ("?21=A", "belongs-in-path"),
            ("?17=260930&17=260930", "duplicate-ai"),
            ("?01=09520123456788", "duplicate-ai"),
            ("?1234=x", "unknown-ai"),
            ("?88=x", "unknown-ai"),
            ("?8200=http", "not-an-attribute"),
            ("/235/x?21=y", "not-an-attribute"),
            ("?17=", "empty"),
            ("?17=270230", "illegal-day"),
            ("?17=271331", "illegal-month"),
            ("?7007=260900", "illegal-day"),
            ("?422=704&426=704", "excluded-pair"),
            ("/10/L%C3%94", "invalid-cset82-character"),
            ("/10/A%20B", "invalid-cset82-character"),
            ("/10/" + "A" * 21, "too-long"),
            ("/", "no-key"),
            ("/10/A/", "no-key"),
        ],
    )
    def test_rule(self, rest: str, expected: str) -> None:
        assert reason(f"https://a.vn/01/{GTIN}{rest}") == expected

    def test_day_00_is_the_whole_month_for_expiry(self) -> None:
        assert parse(f"https://a.vn/01/{GTIN}?17=270200").value("17") == "270200"

    def test_coded_slash_and_twenty_characters_after_decoding(self) -> None:
        lot = "A/" * 10
        assert parse(f"https://a.vn/01/{GTIN}/10/{lot.replace('/', '%2F')}").lot == lot

    def test_plus_is_itself_in_the_path(self) -> None:
        assert parse(f"https://a.vn/01/{GTIN}/10/A+B").lot == "A+B"

    def test_other_parameters_are_kept_apart_as_received(self) -> None:
        link = parse(f"https://a.vn/01/{GTIN}?linkType=gs1:pip&17=260930&lang=vi&flag#x")
        assert link.attributes == (("17", "260930"),)
        assert link.parameters == (("linkType", "gs1:pip"), ("lang", "vi"), ("flag", None))
        assert link.canonical() == f"https://id.gs1.org/01/{GTIN}?17=260930"

    def test_thirteen_digits_only_when_asked(self) -> None:
        uri = "https://a.vn/01/9520123456788"
        assert reason(uri) == "too-short"
        assert parse(uri, permit_zero_suppressed_gtin=True).gtin == GTIN

    def test_unknown_ai_stays_refused_where_a_known_one_begins_so(self) -> None:
        with pytest.raises(DigitalLinkError):
            parse(f"https://a.vn/01/{GTIN}?1234=x", permit_unknown_ais=True)


class TestFromElements:
    def test_no_key(self) -> None:
        with pytest.raises(DigitalLinkError) as caught:
            from_elements((("10", "A"),))
        assert caught.value.reason == "no-primary-key"
