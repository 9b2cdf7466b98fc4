"""Answers are read no wider than PostgreSQL stores them."""

from __future__ import annotations

import json

import pytest

from ocop_hub.marketplaces.json_body import object_in, read_json, storable_text
from ocop_hub.marketplaces.redaction import redact_body

TEXT = '{"tên": "Mực ống Cô Tô"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html>",
        TEXT.encode()[:-4],
        TEXT.encode("utf-16"),
        TEXT.encode("windows-1258", errors="replace"),
        TEXT.encode("latin-1", errors="replace"),
        b'{"a": "\xed\xa0\x80"}',
        b'{"price": NaN}',
        b'{"price": -Infinity}',
        b'{"price": 1e999}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"9" * 5_000,
    ],
)
def test_what_is_no_json_is_told_and_still_kept(body: bytes) -> None:
    with pytest.raises(ValueError):
        read_json(body)
    assert object_in(body) is None
    kept = redact_body(body)
    assert isinstance(kept, str)
    assert "\x00" not in kept
    kept.encode()


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_json(b"\xef\xbb\xbf" + TEXT.encode()) == json.loads(TEXT)


def test_what_postgresql_refuses_is_taken_out() -> None:
    body = rb'{"ti\u0000tle": ["M\u0000\u1ef1c", "\ud83d", "\ud83d\udc19", "\\u0000"]}'
    assert read_json(body) == {"title": ["Mực", "\ufffd", "🐙", "\\u0000"]}
    assert storable_text("a\x00\ud800") == "a\ufffd"


def test_other_bytes_can_still_be_read_in_what_is_kept() -> None:
    assert redact_body("Thành".encode("latin-1")) == r"Th\xe0nh"


@pytest.mark.parametrize(
    "body",
    [
        '{"access_token": "tok-98',
        '{"Refresh_Token" : "r\\"est", "x": 1',
        '{"data": {"code": "c0de", "sign": "s1gn"}, ',
    ],
)
def test_half_an_answer_opens_nothing(body: str) -> None:
    kept = str(redact_body(body.encode()))
    assert "***" in kept
    assert not any(secret in kept for secret in ("tok-98", 'r\\"est', "est", "c0de", "s1gn"))
