"""Checks of one component of a GS1 value. Each takes the text and returns a reason code, or None.

Names, rules and reasons follow the linters of the GS1 Barcode Syntax Resource (Apache-2.0, GS1 AISBL).
Left out: the details of North American coupon codes (8110, 8112) and of freight unit types (7041).
"""

from __future__ import annotations

from collections.abc import Callable

from ocop_hub.gs1 import codes, cset, dates
from ocop_hub.gs1.identifiers import ends_in_check_digit

Linter = Callable[[str], str | None]

_GCP_MIN_LENGTH = 4
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_WEIGHT82 = {character: weight for weight, character in enumerate(cset.CSET82_ORDER)}
_IMPORTER_INDEX = cset.CSET64 - {"="}
_MEDIA_TYPES = frozenset(f"{n:02}" for n in (*range(1, 11), *range(80, 100)))
_HEX = frozenset("0123456789ABCDEFabcdef")


def csum(value: str) -> str | None:
    """Ends in a mod-10 check digit."""
    if not value:
        return "too-short-for-check-digit"
    if not cset.is_digits(value):
        return "non-digit-character"
    return None if ends_in_check_digit(value) else "incorrect-check-digit"


def csumalpha(value: str) -> str | None:
    """Ends in a check character pair (General Specifications 7.9.5): primes from the right, modulo 1021."""
    if len(value) < 2:
        return "too-short-for-check-pair"
    body, pair = value[:-2], value[-2:]
    if not cset.in_cset82(body):
        return "invalid-cset82-character"
    if not set(pair) <= set(cset.CSET32_ORDER):
        return "invalid-cset32-character"
    total = sum(_WEIGHT82[c] * p for c, p in zip(reversed(body), _PRIMES, strict=False)) % 1021
    expected = cset.CSET32_ORDER[total >> 5] + cset.CSET32_ORDER[total & 31]
    return None if pair == expected else "incorrect-check-pair"


def gcppos1(value: str) -> str | None:
    """May begin with a GS1 Company Prefix. Whether that prefix was ever given out is not known here."""
    if len(value) < _GCP_MIN_LENGTH:
        return "too-short-for-gcp"
    return None if cset.is_digits(value[:_GCP_MIN_LENGTH]) else "invalid-gcp-prefix"


def gcppos2(value: str) -> str | None:
    return gcppos1(value[1:])


def _month_day(yy: int, mm: str, dd: str, first_day: int) -> str | None:
    month = int(mm)
    if not 1 <= month <= 12:
        return "illegal-month"
    return None if first_day <= int(dd) <= dates.days_in_month(yy, month) else "illegal-day"


def _date(value: str, length: int, first_day: int) -> str | None:
    if len(value) != length:
        return "date-too-short" if len(value) < length else "date-too-long"
    if not cset.is_digits(value):
        return "non-digit-character"
    return _month_day(int(value[-6:-4]), value[-4:-2], value[-2:], first_day)


def yymmdd(value: str) -> str | None:
    """A full date."""
    return _date(value, 6, 1)


def yymmd0(value: str) -> str | None:
    """A date whose day may be 00, the whole month."""
    return _date(value, 6, 0)


def yyyymmdd(value: str) -> str | None:
    return _date(value, 8, 1)


def hh(value: str) -> str | None:
    if len(value) != 2:
        return "hour-too-short" if len(value) < 2 else "hour-too-long"
    if not cset.is_digits(value):
        return "non-digit-character"
    return None if value <= "23" else "illegal-hour"


def mi(value: str) -> str | None:
    if len(value) != 2:
        return "minute-invalid-length"
    if not cset.is_digits(value):
        return "non-digit-character"
    return None if value <= "59" else "illegal-minute"


def ss(value: str) -> str | None:
    return "illegal-second" if mi(value) else None


def hhmi(value: str) -> str | None:
    return hh(value[:2]) or mi(value[2:])


def iso3166(value: str) -> str | None:
    """An ISO 3166-1 numeric country."""
    return None if value in codes.COUNTRIES else "not-iso3166"


def iso3166999(value: str) -> str | None:
    """A country, or 999 for several."""
    return None if value == "999" or value in codes.COUNTRIES else "not-iso3166-or-999"


def iso3166alpha2(value: str) -> str | None:
    return None if value in codes.COUNTRIES_ALPHA2 else "not-iso3166-alpha2"


def iso4217(value: str) -> str | None:
    return None if value in codes.CURRENCIES else "not-iso4217"


def iso5218(value: str) -> str | None:
    return None if value in ("0", "1", "2", "9") else "invalid-biological-sex-code"


def pcenc(value: str) -> str | None:
    """Every % begins %XX."""
    for piece in value.split("%")[1:]:
        if len(piece) < 2 or not _HEX.issuperset(piece[:2]):
            return "invalid-percent-sequence"
    return None


def _angle(value: str, name: str, largest: str) -> str | None:
    if len(value) != 10:
        return f"{name}-invalid-length"
    if not cset.is_digits(value):
        return "non-digit-character"
    return None if value <= largest else f"invalid-{name}"


def latitude(value: str) -> str | None:
    return _angle(value, "latitude", "1800000000")


def longitude(value: str) -> str | None:
    return _angle(value, "longitude", "3600000000")


def yesno(value: str) -> str | None:
    return None if value in ("0", "1") else "not-zero-or-one"


def hyphen(value: str) -> str | None:
    return None if value == "-" else "not-hyphen"


def nonzero(value: str) -> str | None:
    return None if value.strip("0") else "illegal-zero-value"


def zero(value: str) -> str | None:
    return None if not value.strip("0") else "not-zero"


def nozeroprefix(value: str) -> str | None:
    return "illegal-zero-prefix" if len(value) > 1 and value.startswith("0") else None


def hasnondigit(value: str) -> str | None:
    return "requires-non-digit-character" if cset.is_digits(value) else None


def winding(value: str) -> str | None:
    return None if value in ("0", "1", "9") else "invalid-winding-direction"


def pieceoftotal(value: str) -> str | None:
    """Two equal halves: this piece, all pieces."""
    half = len(value) // 2
    piece, total = value[:half], value[half:]
    return None if "0" * half < piece <= total else "invalid-piece-of-total"


def posinseqslash(value: str) -> str | None:
    """Position, slash, total, e.g. ``1/3``."""
    position, slash, total = value.partition("/")
    good = slash and cset.is_digits(position) and cset.is_digits(total)
    if not good or position[0] == "0" or total[0] == "0" or int(position) > int(total):
        return "invalid-position-in-sequence"
    return None


def importeridx(value: str) -> str | None:
    return None if len(value) == 1 and value in _IMPORTER_INDEX else "invalid-importer-index"


def mediatype(value: str) -> str | None:
    return None if value in _MEDIA_TYPES else "invalid-media-type"


def iban(value: str) -> str | None:
    """Mod-97 of the rearranged account number (ISO 13616)."""
    if len(value) < 5 or not (value.isascii() and value.isalnum() and value.upper() == value):
        return "invalid-iban"
    if value[:2] not in codes.COUNTRIES_ALPHA2 or not cset.is_digits(value[2:4]):
        return "invalid-iban"
    number = int("".join(str(int(c, 36)) for c in value[4:] + value[:4]))
    return None if number % 97 == 1 else "invalid-iban"


LINTERS: dict[str, Linter] = {
    linter.__name__: linter
    for linter in (
        csum, csumalpha, gcppos1, gcppos2, yymmdd, yymmd0, yyyymmdd, hh, mi, ss, hhmi, iso3166, iso3166999,
        iso3166alpha2, iso4217, iso5218, pcenc, latitude, longitude, yesno, hyphen, nonzero, zero, nozeroprefix,
        hasnondigit, winding, pieceoftotal, posinseqslash, importeridx, mediatype, iban,
    )
}  # fmt: skip
