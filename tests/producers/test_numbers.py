"""Tax numbers, phones, GLN and bank numbers as people type them."""

from __future__ import annotations

import pytest

from ocop_hub.producers import numbers
from ocop_hub.producers.errors import ProducerWrong
from ocop_hub.producers.models import ProducerKind

HTX, HO = ProducerKind.COOPERATIVE, ProducerKind.HOUSEHOLD


class TestTaxNumber:
    @pytest.mark.parametrize(
        ("typed", "kind", "stored"),
        [
            ("0100233488", HTX, "0100233488"),
            (" 0100 233 488 ", HO, "0100233488"),
            ("0314409058-002", ProducerKind.ENTERPRISE, "0314409058002"),
            ("022 185 001 234", HO, "022185001234"),
            ("022185001234", ProducerKind.COOPERATIVE_GROUP, "022185001234"),
        ],
    )
    def test_accepted(self, typed: str, kind: ProducerKind, stored: str) -> None:
        assert numbers.tax_number(typed, kind) == stored

    @pytest.mark.parametrize(
        ("typed", "kind", "code"),
        [
            ("0100233480", HTX, "check_digit"),
            ("022185001234", HTX, "personal_number"),
            ("02218500123a", HO, "malformed"),
            ("12345", HTX, "malformed"),
            ("٠١٠٠٢٣٣٤٨٨٠٠", HO, "malformed"),
        ],
    )
    def test_refused(self, typed: str, kind: ProducerKind, code: str) -> None:
        with pytest.raises(ProducerWrong) as refused:
            numbers.tax_number(typed, kind)
        assert [(f.field, f.code) for f in refused.value.fields] == [("tax_number", code)]

    def test_personal(self) -> None:
        assert numbers.is_personal("022185001234")
        assert not numbers.is_personal("0100233488")
        assert not numbers.is_personal(None)


def test_phone() -> None:
    assert numbers.phone("0912 345 678") == "+84912345678"
    with pytest.raises(ProducerWrong):
        numbers.phone("0123456789")


def test_gln() -> None:
    assert numbers.gln13("8930000000002") == "8930000000002"
    with pytest.raises(ProducerWrong):
        numbers.gln13("8930000000001")


def test_bank() -> None:
    assert (numbers.bank_bin("970 405"), numbers.bank_account("8000 2051 234")) == ("970405", "80002051234")
    for read, wrong in ((numbers.bank_bin, "97040"), (numbers.bank_account, "12")):
        with pytest.raises(ProducerWrong):
            read(wrong)
