"""A lot's history as an EPCIS document, and the proof that a document is unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.gs1 import event_hash as hashing
from ocop_hub.kit import clock
from ocop_hub.traceability import queries
from ocop_hub.traceability.epcis.events import CONTEXT_URL, NAMESPACES, document
from ocop_hub.traceability.models import TraceEvent
from ocop_hub.traceability.recording import chained

#: The hash of the lot's last event chained to all before it, beside the events.
CHAIN = "ocop:chainHash"
HASH_PREFIX = "ni:///sha-256;"


async def lot_document(session: AsyncSession, lot_id: UUID) -> dict[str, Any]:
    """Every event of the lot as it was written, corrected ones under an error declaration, with the chain's end."""
    rows = list((await session.scalars(queries.chain_of(lot_id))).all())
    told = as_document(rows)
    return {**told, CHAIN: rows[-1].chain_hash} if rows else told


def as_document(rows: Sequence[TraceEvent]) -> dict[str, Any]:
    """An EPCIS document of events in the order given."""
    names, events = gathered(rows)
    whole = document(events, created=clock.now())
    return {**whole, "@context": [CONTEXT_URL, names]}


def inline_context(context: object) -> dict[str, Any]:
    """What a JSON-LD ``@context`` says itself, beside contexts given by address: prefixes, and terms explained."""
    found: dict[str, Any] = {}
    for entry in context if isinstance(context, list) else [context]:
        if isinstance(entry, Mapping):
            found.update(entry)
    return found


def gathered(rows: Sequence[TraceEvent]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The context for the head of a document, and the events; one that means another thing keeps its own."""
    by_corrected = {each.corrects_id: each for each in rows if each.corrects_id is not None}
    names: dict[str, Any] = dict(NAMESPACES)
    events: list[dict[str, Any]] = []
    for row in rows:
        if not row.epcis:
            continue
        own: dict[str, Any] = row.details.get("context", {})
        other = {name: said for name, said in own.items() if names.setdefault(name, said) != said}
        event = _told(row, by_corrected.get(row.id))
        if other:
            given = event.get("@context", [])
            # The event's own words come last: they are the ones that hold.
            event["@context"] = [CONTEXT_URL, other, *(given if isinstance(given, list) else [given])]
        events.append(event)
    return names, events


def _told(row: TraceEvent, corrective: TraceEvent | None) -> dict[str, Any]:
    """One event with its id; a correction is declared on what it corrects (EPCIS 2.0 §7.4.1.4)."""
    event = dict(row.epcis)
    event.setdefault("eventID", row.event_hash)
    if corrective is None or "errorDeclaration" in event or "errorDeclaration" in corrective.epcis:
        return event
    declaration = {
        "declarationTime": corrective.recorded_at.isoformat(),
        "reason": "incorrect_data",
        "correctiveEventIDs": [corrective.epcis.get("eventID", corrective.event_hash)],
    }
    return {**event, "errorDeclaration": declaration}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document proves. ``changed``: (index, eventID, hash computed) of events that are not what they say.

    ``chain`` is the end of the chain computed; ``chain_holds`` is None for a document that tells none.
    """

    events: int
    hashed: int
    changed: tuple[tuple[int, str, str], ...]
    chain: str
    chain_holds: bool | None

    @property
    def holds(self) -> bool:
        """True when every event is what its id says, at least one says so, and the chain, if told, holds."""
        return not self.changed and self.hashed > 0 and self.chain_holds is not False


def verify(told: Mapping[str, Any], *, chain: str = "") -> Verdict:
    """Recompute every event's hash and the chain over them.

    ``chain``: the end of the chain as published elsewhere; a document that was rewritten as a whole still
    holds by itself, but not against that.
    """
    known: str = chain or str(told.get(CHAIN, ""))
    computed = ""
    hashed = 0
    changed: list[tuple[int, str, str]] = []
    pairs: Iterable[tuple[Any, Any]] = hashing.events(told)
    count = 0
    for index, (event, names) in enumerate(pairs):
        count += 1
        digest = hashing.event_hash(event, names)
        computed = chained(computed, digest)
        identity = str(event.get("eventID", ""))
        if identity.startswith(HASH_PREFIX):
            hashed += 1
            if identity != digest:
                changed.append((index, identity, digest))
    return Verdict(count, hashed, tuple(changed), computed, computed == known if known else None)
