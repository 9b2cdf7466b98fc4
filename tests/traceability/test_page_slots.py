from __future__ import annotations

import gzip

from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_hub.traceability.scans.page_slots import LINE_MARK, PATH_MARK, Slotted, plain

PAGE = f"<a href='/p/en{PATH_MARK}'>é</a>{LINE_MARK}<p>{'mực ' * 900}</p><a href='/p/vi{PATH_MARK}'>".encode()


@settings(max_examples=50)
@given(line=st.binary(max_size=300), path=st.binary(max_size=40))
def test_filled_and_compressed_are_the_same_page(line: bytes, path: bytes) -> None:
    page = Slotted.cut(PAGE)
    expected = PAGE.replace(LINE_MARK.encode(), line).replace(PATH_MARK.encode(), path)
    assert page.filled(line=line, path=path) == expected
    assert gzip.decompress(page.gzipped(line=line, path=path)) == expected


def test_empty_is_the_plain_page() -> None:
    page = Slotted.cut(PAGE)
    assert page.filled(line=b"", path=b"") == plain(PAGE)
    assert len(page.gzipped(line=b"", path=b"")) < len(PAGE) / 4


def test_a_page_without_places() -> None:
    assert gzip.decompress(Slotted.cut(b"abc").gzipped(line=b"x", path=b"y")) == b"abc"
