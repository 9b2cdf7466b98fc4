"""Names of producers that may mean one: the same without the word for the kind, in one province."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

#: In front of a folded name; PostgreSQL and Python read it alike.
KIND_WORDS = (
    "^(lien hiep hop tac xa|hop tac xa|htx|to hop tac|tht|cong ty (trach nhiem huu han|tnhh|co phan|cp)"
    "( mot thanh vien| mtv)?|cong ty|cty|doanh nghiep tu nhan|dntn|ho kinh doanh|hkd|ho san xuat"
    "|co so san xuat|co so) "
)
_KIND_WORDS = re.compile(KIND_WORDS)
_LIKE = text(f"""
    SELECT id, name, province_id, current_unit_id, bare
      FROM (SELECT id, name, province_id, current_unit_id,
                   regexp_replace(name_folded, '{KIND_WORDS}', '') AS bare
              FROM producers WHERE merged_into_id IS NULL) standing
     WHERE bare = ANY (:bare)
     ORDER BY id
""")  # noqa: S608 - the pattern above


def bare_name(folded: str) -> str:
    """A folded name without the word for the kind."""
    return _KIND_WORDS.sub("", folded)


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
