"""The usual steps: every group has some, they ask only for what a form knows, and a new edition takes over."""

from __future__ import annotations

from datetime import date

import pytest

from ocop_hub.catalogue.reference import GROUPS
from ocop_hub.traceability.models import EventKind
from ocop_hub.traceability.templates import ASKABLE, step_for, template_for, templates

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(("group", "ships"), [(code, ships) for code, _, _, ships in GROUPS])
def test_every_group_of_the_decree_has_its_own(group: str, ships: bool) -> None:
    found = template_for(group, TODAY)
    assert found is not None
    assert found.group == group
    assert bool(found.steps) is ships  # a service has no lots


def test_steps_ask_for_what_the_form_knows() -> None:
    asked = {each for template in templates() for step in template.steps for each in step.ask}
    asked |= {each for kind in EventKind for each in step_for("*", kind, TODAY).ask}
    assert asked <= ASKABLE


def test_a_step_beside_the_template_is_asked_for_as_everywhere() -> None:
    assert "party_to" in step_for("thu_cong_my_nghe", EventKind.SALE, TODAY).ask
    assert step_for("do_uong", EventKind.PROCESSING, TODAY).ask == ("inputs", "amount", "readings")


def test_before_the_first_edition_there_is_none() -> None:
    assert template_for("thuc_pham", date(2023, 12, 31)) is None
