"""Names of producers that may mean one: the same without the word for the kind, in one province."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

#: In front of a folded name; PostgreSQL and Python read it alike.
KIND_WORDS = (
    "^(lien hiep hop tac xa|hop tac xa|htx|to hop tac|tht"
    "|(cong ty|cty) (trach nhiem huu han|tnhh|co phan|cp)( mot thanh vien| 1 thanh vien| mtv)?"
    "|cong ty|cty|ctcp|doanh nghiep tu nhan|dntn|ho kinh doanh|ho kd|hkd|ho san xuat"
    "|co so san xuat|cssx|co so) "
)
_KIND_WORDS = re.compile(KIND_WORDS)
#: What appendices of decisions write short, and "va", for which they write "&" (folding leaves nothing of it).
SHORT_FORMS: Final = (
    ("dich vu", "dv"),
    ("thuong mai", "tm"),
    ("san xuat", "sx"),
    ("kinh doanh", "kd"),
    ("xuat nhap khau", "xnk"),
    ("nong nghiep", "nn"),
    ("che bien", "cb"),
    ("xay dung", "xd"),
    ("va", ""),
)


def _bare_in_sql() -> str:
    """:func:`bare_name` of the column ``name_folded``."""
    bare = f"' ' || regexp_replace(name_folded, '{KIND_WORDS}', '') || ' '"
    for long, short in SHORT_FORMS:
        bare = f"replace({bare}, ' {long} ', '{_between_spaces(short)}')"
    return f"btrim({bare})"


def _between_spaces(short: str) -> str:
    return f" {short} " if short else " "


_LIKE = text(f"""
    SELECT id, name, province_id, current_unit_id, bare
      FROM (SELECT id, name, province_id, current_unit_id, {_bare_in_sql()} AS bare
              FROM producers WHERE merged_into_id IS NULL) standing
     WHERE bare = ANY (:bare)
     ORDER BY id
""")  # noqa: S608 - the patterns above


def bare_name(folded: str) -> str:
    """A folded name without the word for the kind, with words that are often written short so written."""
    bare = f" {_KIND_WORDS.sub('', folded)} "
    for long, short in SHORT_FORMS:
        bare = bare.replace(f" {long} ", _between_spaces(short))
    return bare.strip()


@dataclass(frozen=True, slots=True)
class Like:
    """A standing producer that another name may mean; ``bare`` is what the two have in common."""

    id: UUID
    name: str
    province_id: str | None
    current_unit_id: str | None
    bare: str


async def producers_like(session: AsyncSession, bare: Collection[str]) -> list[Like]:
    """Standing producers that this transaction sees whose bare names are among these."""
    rows = await session.execute(_LIKE, {"bare": list(bare)})
    return [Like(**row) for row in rows.mappings()]
