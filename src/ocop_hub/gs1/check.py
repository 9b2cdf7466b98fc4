"""Is this line a good GS1 code, and what does it say?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ocop_hub.gs1 import digital_link, element_string
from ocop_hub.gs1.element_string import Elements
from ocop_hub.gs1.errors import DigitalLinkError, ElementStringError, Gs1Error


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``canonical``: the Digital Link under id.gs1.org, or None when the code has none or is not valid.

    ``problem`` is the Vietnamese sentence and ``code`` its stable code; both None for a valid line.
    """

    input: str
    elements: Elements = ()
    canonical: str | None = None
    problem: str | None = None
    code: str | None = None

    @property
    def valid(self) -> bool:
        return self.problem is None

    def as_dict(self) -> dict[str, Any]:
        """The object that ``ocop-hub gs1 check`` prints; its keys are a promise to programs."""
        return {
            "input": self.input,
            "valid": self.problem is None,
            "elements": self.elements,
            "canonical": self.canonical,
            "problem": self.problem,
            "code": self.code,
        }


def check_line(line: str) -> CheckResult:
    """Check one line: a Digital Link URI, or an element string beginning with ``(``, ``^`` or GS (0x1D).

    Never raises for what the line holds.
    """
    try:
        if line.startswith(("(", "^", "\x1d")):
            elements = element_string.parse(line)
            return CheckResult(line, elements, _canonical(elements))
        if "://" in line:
            link = digital_link.parse(line)
            return CheckResult(line, link.elements, link.canonical())
        raise ElementStringError("not-gs1", value=line)
    except Gs1Error as error:
        return CheckResult(line, problem=error.detail, code=error.reason)


def _canonical(elements: Elements) -> str | None:
    try:
        return digital_link.from_elements(elements).canonical()
    except DigitalLinkError:
        # A good element string need not have a Digital Link: a lot alone has no key.
        return None
