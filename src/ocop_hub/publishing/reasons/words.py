"""Why a marketplace said no: cause, step and example in people's words, from dated rules in ``reasons.toml``.

What no rule knows is shown as the marketplace said it, never guessed, and is collected so that a rule can be
written for it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.publishing.errors import WordsMissing
from ocop_hub.publishing.models import CallOutcome, Listing, ListingAttempt
from ocop_hub.publishing.models_office import ReasonWords

Lang = Literal["vi", "en"]

#: Outcomes that a person wants to understand.
TOLD = (
    CallOutcome.REFUSED,
    CallOutcome.SIGN_IN,
    CallOutcome.NEEDS_PERSON,
    CallOutcome.MISCONFIGURED,
    CallOutcome.RETRY,
)
COLLECTED_OVER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Words:
    """One language's side of a rule."""

    cause: str
    step: str
    example: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code, or words in a message, mean on one marketplace ("" fits all) until it is ended. ``since``: when we learnt it."""

    marketplace: str
    code: str
    message: str
    since: date
    until: date | None
    source: str
    vi: Words
    en: Words

    def fits(self, marketplace: str, code: str, message: str, day: date) -> bool:
        """Whether the rule speaks of this; what we learnt later explains earlier refusals too."""
        return (
            self.marketplace in ("", marketplace)
            and self.code in ("", code)
            and self.message.casefold() in message.casefold()
            and (self.until is None or day < self.until)
        )


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal as people read it. ``known`` is False where only the marketplace's own words are left."""

    known: bool
    cause: str
    step: str
    example: str
    code: str
    raw: str


async def office_rules(session: AsyncSession) -> tuple[Rule, ...]:
    """What offices wrote; the latest first, and before the shipped rules."""
    rows = await session.scalars(
        select(ReasonWords).order_by(ReasonWords.since.desc(), ReasonWords.id.desc())
    )
    return tuple(
        Rule(
            row.marketplace_key,
            row.code,
            row.message,
            row.since,
            None,
            row.written_by,
            Words(row.cause_vi, row.step_vi, row.example_vi),
            Words(row.cause_en, row.step_en, row.example_en),
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Given:
    """An office's words for a refusal, as typed; without English ones the Vietnamese stand."""

    marketplace_key: str
    code: str
    cause_vi: str
    step_vi: str
    message: str = ""
    example_vi: str = ""
    cause_en: str = ""
    step_en: str = ""
    example_en: str = ""


async def write(session: AsyncSession, actor: Actor, given: Given) -> None:
    """Explain a refusal from now on, and the earlier ones too; the same again corrects it.

    Raises :class:`WordsMissing` without a cause and a step, or without anything to know the refusal by.
    """
    require_office(actor)
    if not given.cause_vi or not given.step_vi:
        raise WordsMissing("Hãy ghi nguyên nhân và cách làm.")
    if not given.code and not given.message:
        raise WordsMissing("Hãy ghi mã lỗi hoặc lời của sàn để nhận ra lần sau.")
    told = asdict(given)
    for name in ("cause", "step", "example"):
        told[f"{name}_en"] = told[f"{name}_en"] or told[f"{name}_vi"]
    adding = insert(ReasonWords).values(id=new_id(), **told, since=clock.today(), written_by=actor.label)
    key = ("marketplace_key", "code", "message")
    await session.execute(
        adding.on_conflict_do_update(
            index_elements=key,
            set_={name: adding.excluded[name] for name in (*told, "since", "written_by") if name not in key},
        )
    )
    audit.record(
        session,
        actor=actor.label,
        action="publishing.explain_reason",
        subject=f"marketplace:{given.marketplace_key}",
        code=given.code,
    )


@lru_cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the file. Raises ``KeyError`` where a field is missing."""
    text = resources.files("ocop_hub.publishing.reasons").joinpath("reasons.toml").read_text("utf-8")
    return tuple(
        Rule(
            each["marketplace"],
            each["code"],
            each["message"],
            each["since"],
            each.get("until"),
            each["source"],
            Words(each["cause_vi"], each["step_vi"], each["example_vi"]),
            Words(each["cause_en"], each["step_en"], each["example_en"]),
        )
        for each in tomllib.loads(text)["reason"]
    )


def explain(
    marketplace: str,
    code: str,
    message: str,
    *,
    day: date | None = None,
    lang: Lang = "vi",
    before: Sequence[Rule] = (),
) -> Explained:
    """What the refusal means and what to do; an unknown one is said as the marketplace said it.

    ``before``: rules that go before the shipped ones (:func:`office_rules`).
    """
    when = day if day is not None else clock.today()
    rule = next((each for each in (*before, *rules()) if each.fits(marketplace, code, message, when)), None)
    if rule is None:
        return _unknown(code, message, lang)
    said = rule.vi if lang == "vi" else rule.en
    cause, step, example = (text.replace("{raw}", message) for text in (said.cause, said.step, said.example))
    return Explained(True, cause, step, example, code, message)


def _unknown(code: str, message: str, lang: Lang) -> Explained:
    raw = message or code
    if lang == "en":
        step = "Read what the marketplace says; if it is not clear, show it to your helper."
        return Explained(False, f"The marketplace says: “{raw}”", step, "", code, message)
    step = "Đọc lời của sàn; chưa rõ thì đưa cho người hỗ trợ xem."
    return Explained(False, f"Sàn báo: “{raw}”", step, "", code, message)


@dataclass(frozen=True, slots=True)
class Unread:
    """A code that no rule knows: how often, when last, and one message as it came."""

    marketplace_key: str
    code: str
    times: int
    last_seen: datetime
    message: str


async def last_refusals(
    session: AsyncSession, listing: Listing, *, most: int = 5, lang: Lang = "vi"
) -> list[tuple[ListingAttempt, Explained]]:
    """The last calls that did not work, explained by the rules of their day, the latest first."""
    attempts: Sequence[ListingAttempt] = (
        await session.scalars(
            select(ListingAttempt)
            .where(ListingAttempt.listing_id == listing.id, ListingAttempt.outcome.in_(TOLD))
            .order_by(ListingAttempt.started_at.desc())
            .limit(most)
        )
    ).all()
    before = await office_rules(session)
    return [
        (
            each,
            explain(
                listing.marketplace_key,
                each.code,
                each.message,
                day=clock.business_day(each.started_at),
                lang=lang,
                before=before,
            ),
        )
        for each in attempts
    ]


async def unread(session: AsyncSession, *, most: int = 200) -> list[Unread]:
    """Refusals of the last 90 days that no rule knows, the most frequent first."""
    result = await session.execute(
        select(
            Listing.marketplace_key,
            ListingAttempt.code,
            ListingAttempt.message,
            func.count(),
            func.max(ListingAttempt.started_at),
        )
        .join(Listing, Listing.id == ListingAttempt.listing_id)
        .where(
            ListingAttempt.outcome == CallOutcome.REFUSED,
            ListingAttempt.started_at > clock.now() - COLLECTED_OVER,
        )
        .group_by(Listing.marketplace_key, ListingAttempt.code, ListingAttempt.message)
        .order_by(func.count().desc(), func.max(ListingAttempt.started_at).desc())
    )
    before = await office_rules(session)
    found: dict[tuple[str, str], Unread] = {}
    for key, code, message, times, last in result:
        if explain(key, code, message, before=before).known:
            continue
        seen = found.get((key, code))
        if seen is None:
            found[key, code] = Unread(key, code, times, last, message)
        else:
            found[key, code] = Unread(key, code, seen.times + times, max(seen.last_seen, last), seen.message)
    return sorted(found.values(), key=lambda each: -each.times)[:most]
