"""What the simulated marketplaces keep: one SQLite file that survives a restart.

One connection, used from one event loop; a statement takes microseconds, so it runs where it is called.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ocop_hub.sandbox.seed import SandboxSeed, ShopSeed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shops (
    market TEXT NOT NULL, shop_id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (market, shop_id));
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, market TEXT NOT NULL, shop_id TEXT NOT NULL, sku TEXT NOT NULL,
    word TEXT NOT NULL, reviewed_at REAL NOT NULL, findable_at REAL NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS items_of_shop ON items (market, shop_id, sku);
CREATE TABLE IF NOT EXISTS pictures (
    id TEXT PRIMARY KEY, market TEXT NOT NULL, media_type TEXT NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, market TEXT NOT NULL, shop_id TEXT NOT NULL,
    call TEXT NOT NULL, item_id INTEGER, sku TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (
    market TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, shop_id TEXT NOT NULL, until REAL NOT NULL,
    note TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (market, kind, value));
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, market TEXT NOT NULL, shop_id TEXT NOT NULL, said TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS history_kept BEFORE UPDATE ON history
    BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER IF NOT EXISTS history_stays BEFORE DELETE ON history
    BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
"""
#: Ids look like a marketplace's, not like row numbers.
_FIRST_ID = 23_500_000_000
#: Their stalls start with the default items; elsewhere a person enters all.
_WITH_INTERFACE = frozenset({"shopee", "tiki", "lazada", "tiktok_shop", "meta_catalogue", "google_merchant"})


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One item as it stands now; ``word`` already tells whether its review is over."""

    id: int
    market: str
    shop_id: str
    sku: str
    word: str
    findable: bool
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One accepted call."""

    seq: int
    at: str
    market: str
    shop_id: str
    call: str
    item_id: int | None
    sku: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Secret:
    """A code or token: the stall it is for and until when (Unix seconds)."""

    shop_id: str
    until: float
    note: str


class Store:
    """Items, pictures and the append-only history, in ``folder/sandbox.sqlite3``."""

    def __init__(self, folder: Path, seed: SandboxSeed) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._seed = seed
        # The application may be made in one thread and served in another; it is served by one only.
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        if not self._db.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'items'").fetchone():
            self._db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('items', ?)", (_FIRST_ID,))
        for shop in seed.shops:
            self.plant(shop)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a change and its history row belong together."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # Shops

    def plant(self, shop: ShopSeed) -> None:
        """A stall with what stands in it; one that is there already stays as it is."""
        if self.shop_name(shop.market, shop.shop_id):
            return
        with self.transaction():
            self.name_shop(shop.market, shop.shop_id, shop.name)
            for item in shop.items:
                data = {
                    "item_name": item.title,
                    "description": item.description,
                    "original_price": item.price_vnd,
                    "stock": item.stock,
                    "weight": item.weight_g / 1000,
                    "image_ids": [],
                }
                self.add_item(shop.market, shop.shop_id, item.sku, data, word="NORMAL")

    def ensure_shop(self, market: str, shop_id: str, *, with_items: bool = False) -> None:
        """A stall nobody described starts with the default items."""
        if not self.shop_name(market, shop_id):
            items = self._seed.default_items if with_items or market in _WITH_INTERFACE else ()
            self.plant(ShopSeed(market, shop_id, f"Gian hàng {shop_id}", items))

    def name_shop(self, market: str, shop_id: str, name: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO shops VALUES (?, ?, ?)", (market, shop_id, name))

    def shop_name(self, market: str, shop_id: str) -> str:
        """Empty when there is no such stall."""
        row = self._db.execute(
            "SELECT name FROM shops WHERE market = ? AND shop_id = ?", (market, shop_id)
        ).fetchone()
        return str(row["name"]) if row else ""

    def shops(self, market: str) -> list[tuple[str, str]]:
        rows = self._db.execute("SELECT shop_id, name FROM shops WHERE market = ? ORDER BY rowid", (market,))
        return [(row["shop_id"], row["name"]) for row in rows]

    # Codes, tokens, events

    def add_secret(
        self, market: str, kind: str, value: str, shop_id: str, until: float, note: str = ""
    ) -> None:
        """Keep one; one that is there already, used or not, stays as it is."""
        self._db.execute(
            "INSERT OR IGNORE INTO secrets (market, kind, value, shop_id, until, note)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (market, kind, value, shop_id, until, note),
        )

    def secret(self, market: str, kind: str, value: str) -> Secret | None:
        """One that was not used yet."""
        row = self._db.execute(
            "SELECT shop_id, until, note FROM secrets WHERE market = ? AND kind = ? AND value = ? AND used = 0",
            (market, kind, value),
        ).fetchone()
        return Secret(row["shop_id"], row["until"], row["note"]) if row else None

    def use_secret(self, market: str, kind: str, value: str) -> Secret | None:
        """:meth:`secret`, which from now on is used."""
        kept = self.secret(market, kind, value)
        self._db.execute(
            "UPDATE secrets SET used = 1 WHERE market = ? AND kind = ? AND value = ?", (market, kind, value)
        )
        return kept

    def end_secrets(self, market: str, shop_id: str, kind: str) -> None:
        """No token of this kind of the stall holds any more."""
        self._db.execute(
            "UPDATE secrets SET used = 1 WHERE market = ? AND shop_id = ? AND kind = ?",
            (market, shop_id, kind),
        )

    def shop_of_first(self, market: str, value: str, first: Callable[[str], str]) -> str:
        """The stall whose starting token ``value`` is; empty when it is none or the consent was withdrawn."""
        shop_id = value.removeprefix(first(""))
        started = bool(shop_id) and value == first(shop_id) and not self.is_withdrawn(market, shop_id)
        return shop_id if started else ""

    def is_withdrawn(self, market: str, shop_id: str) -> bool:
        return self.secret(market, "withdrawn", shop_id) is not None

    def allow_again(self, market: str, shop_id: str) -> None:
        """A new consent after one that was withdrawn."""
        self._db.execute(
            "DELETE FROM secrets WHERE market = ? AND kind = 'withdrawn' AND value = ?", (market, shop_id)
        )

    def add_event(self, market: str, shop_id: str, said: Mapping[str, Any]) -> None:
        self._db.execute(
            "INSERT INTO events (market, shop_id, said) VALUES (?, ?, ?)", (market, shop_id, json.dumps(said))
        )

    def events(self, market: str, shop_id: str, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """(number, event) in order."""
        rows = self._db.execute(
            "SELECT seq, said FROM events WHERE market = ? AND shop_id = ? AND seq > ? ORDER BY seq LIMIT ?",
            (market, shop_id, after, limit),
        )
        return [(int(row["seq"]), json.loads(row["said"])) for row in rows]

    # Items

    def add_item(
        self,
        market: str,
        shop_id: str,
        sku: str,
        data: Mapping[str, Any],
        *,
        word: str,
        review_seconds: float = 0.0,
        find_delay: float = 0.0,
    ) -> int:
        """Store an item. Its SKU may be there already: marketplaces do not mind, and neither do we."""
        now = time.time()
        cursor = self._db.execute(
            "INSERT INTO items (market, shop_id, sku, word, reviewed_at, findable_at, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                market,
                shop_id,
                sku,
                word,
                now + review_seconds,
                now + find_delay,
                json.dumps(data, ensure_ascii=False),
            ),
        )
        return int(cursor.lastrowid or 0)

    def change_item(self, item_id: int, data: Mapping[str, Any], *, sku: str | None = None) -> None:
        self._db.execute(
            "UPDATE items SET data = ?, sku = coalesce(?, sku) WHERE id = ?",
            (json.dumps(data, ensure_ascii=False), sku, item_id),
        )

    def set_word(self, item_id: int, word: str) -> bool:
        """Give an item a state word, known or not; False when there is no such item."""
        return self._db.execute("UPDATE items SET word = ? WHERE id = ?", (word, item_id)).rowcount == 1

    def review_again(self, item_id: int, review_seconds: float) -> None:
        """A new review starts now."""
        self._db.execute(
            "UPDATE items SET word = 'REVIEWING', reviewed_at = ? WHERE id = ?",
            (time.time() + review_seconds, item_id),
        )

    def item(self, market: str, item_id: int) -> StoredItem | None:
        row = self._db.execute(
            "SELECT * FROM items WHERE market = ? AND id = ?", (market, item_id)
        ).fetchone()
        return _item(row) if row else None

    def content(self, item_id: int) -> dict[str, Any] | None:
        """The fields of an item, whichever marketplace it stands on."""
        row = self._db.execute("SELECT data FROM items WHERE id = ?", (item_id,)).fetchone()
        return json.loads(row["data"]) if row else None

    def items(self, market: str, shop_id: str | None = None, *, sku: str | None = None) -> list[StoredItem]:
        """Items in the order they came; of one stall, of one SKU."""
        rows = self._db.execute(
            "SELECT * FROM items WHERE market = :market AND (:shop IS NULL OR shop_id = :shop)"
            " AND (:sku IS NULL OR sku = :sku) ORDER BY id",
            {"market": market, "shop": shop_id, "sku": sku},
        )
        return [_item(row) for row in rows]

    # Pictures

    def add_picture(self, picture_id: str, market: str, media_type: str, content: bytes) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO pictures VALUES (?, ?, ?, ?)", (picture_id, market, media_type, content)
        )

    def picture(self, picture_id: str) -> tuple[str, bytes] | None:
        row = self._db.execute(
            "SELECT media_type, content FROM pictures WHERE id = ?", (picture_id,)
        ).fetchone()
        return (row["media_type"], row["content"]) if row else None

    # History

    def record(
        self, market: str, shop_id: str, call: str, *, item_id: int | None, sku: str, detail: Any
    ) -> None:
        at = datetime.now(UTC).isoformat()
        self._db.execute(
            "INSERT INTO history (at, market, shop_id, call, item_id, sku, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (at, market, shop_id, call, item_id, sku, json.dumps(detail, ensure_ascii=False)),
        )

    def history(self, after: int, limit: int) -> list[HistoryRow]:
        rows = self._db.execute("SELECT * FROM history WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
        return [HistoryRow(**{**dict(row), "detail": json.loads(row["detail"])}) for row in rows]

    def doubles(self) -> list[dict[str, Any]]:
        """SKUs that stand more than once in a stall, deleted items left out."""
        rows = self._db.execute(
            "SELECT market, shop_id, sku, count(*) AS count, group_concat(id) AS ids FROM items"
            " WHERE sku <> '' AND word NOT LIKE '%DELETE' GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
        return [{**dict(row), "ids": [int(one) for one in row["ids"].split(",")]} for row in rows]


def _item(row: sqlite3.Row) -> StoredItem:
    now = time.time()
    word = row["word"]
    if word == "REVIEWING" and row["reviewed_at"] <= now:
        word = "NORMAL"
    return StoredItem(
        row["id"],
        row["market"],
        row["shop_id"],
        row["sku"],
        word,
        row["findable_at"] <= now,
        json.loads(row["data"]),
    )
