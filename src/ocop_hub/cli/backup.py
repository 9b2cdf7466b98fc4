"""``backup`` and ``restore``: everything an installation keeps, in one file, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocop_hub.cli.backup_archive import Manifest
    from ocop_hub.db import Database
    from ocop_hub.settings import Settings


def backup(file: Annotated[Path, typer.Argument(help="File to write; its folder must exist.")]) -> None:
    """Write database, pictures and the secret into one file; the service can go on running.

    Example: ocop-hub backup /srv/backup/ocop-2026-11-22.tar
    """
    import asyncio

    from ocop_hub.errors import NotFound
    from ocop_hub.settings import get_settings

    if not file.absolute().parent.is_dir():
        raise NotFound(f"Không có thư mục {file.absolute().parent}.")
    manifest = asyncio.run(make_backup(get_settings(), file.absolute()))
    size = file.stat().st_size // 1_000_000
    typer.echo(f"Đã sao lưu {sum(manifest.rows.values())} dòng vào {file} ({size} MB).")
    typer.echo("Tệp này chứa khóa bí mật và dữ liệu cá nhân: hãy cất như cất mật khẩu, ở ngoài máy chủ.")
    if not manifest.media_included:
        typer.echo("Ảnh nằm ở OCOP_HUB_MEDIA_URL, không có trong tệp: hãy sao lưu kho ấy riêng.")


def restore(file: Annotated[Path, typer.Argument(help="A file that ocop-hub backup wrote.")]) -> None:
    """Bring a backup into an empty installation: a new OCOP_HUB_DATA_DIR, or an empty database.

    Example: OCOP_HUB_DATA_DIR=/srv/ocop-moi ocop-hub restore /srv/backup/ocop-2026-11-22.tar
    """
    import asyncio

    from ocop_hub.settings import get_settings

    manifest, stalls, listings = asyncio.run(bring_back(get_settings(), file.absolute()))
    typer.echo(f"Đã khôi phục bản sao lưu lúc {manifest.made_at}: {sum(manifest.rows.values())} dòng.")
    if not manifest.media_included:
        typer.echo("Ảnh không có trong tệp: hãy khôi phục kho ảnh (OCOP_HUB_MEDIA_URL) riêng.")
    typer.echo(
        f"{stalls} gian hàng sẽ được đọc lại trước khi đăng gì thêm; {listings} tin đăng sẽ được tìm trước."
    )
    typer.echo("Việc tiếp theo:")
    typer.echo("  1. Bảo đảm bản cài đặt cũ đã dừng hẳn; hai bản cùng chạy sẽ đăng trùng.")
    typer.echo("  2. Chạy ocop-hub doctor, rồi serve và worker. Mọi người phải đăng nhập lại.")
    typer.echo("  3. Trả lời các mục hỏi về sản phẩm đã có trên gian hàng (mục Gian hàng).")
    typer.echo("  4. Nhập lại những gì đã làm sau lúc sao lưu.")


async def make_backup(settings: Settings, file: Path) -> Manifest:
    """Write the archive ``file``, or leave what was there."""
    import asyncio
    from dataclasses import replace
    from importlib.metadata import version

    from ocop_hub.cli import backup_archive, backup_database
    from ocop_hub.cli.runtime import open_addresses
    from ocop_hub.cli.walls import refuse_pooler
    from ocop_hub.kit import clock

    refuse_pooler(settings)
    media = None if settings.media_url else settings.data_dir / backup_archive.MEDIA
    async with open_addresses(settings) as addresses:
        with backup_archive.whole_or_nothing(file) as writing:
            dump = writing.with_name(backup_archive.DUMP)
            # The rows first: a picture is stored before its row, so every row's picture is there to be copied.
            dumped = await backup_database.dump(addresses.owner, dump)
            manifest = backup_archive.Manifest(
                version=version("ocop-hub"),
                revision=dumped.revision,
                server_major=dumped.server_major,
                made_at=clock.now().isoformat(timespec="seconds"),
                media_included=media is not None,
                rows=dumped.rows,
            )
            await asyncio.to_thread(
                backup_archive.pack,
                writing,
                dump=dump,
                secret=_secret(settings),
                media=media,
                manifest=manifest,
            )
            checked = await asyncio.to_thread(backup_archive.check, writing)
    return replace(manifest, members=checked.members)


def _secret(settings: Settings) -> str:
    """The secret in force; empty when none was needed yet."""
    kept = settings.data_dir / "secret.key"
    configured = settings.secret_key.get_secret_value()
    return configured or (kept.read_text().strip() if kept.is_file() else "")


async def bring_back(settings: Settings, file: Path) -> tuple[Manifest, int, int]:
    """Restore ``file``; returns its manifest, and how many stalls and listings are looked at first.

    The database comes last and in one transaction: whatever stops before it, the same command can be repeated.
    """
    import asyncio
    import tempfile

    from ocop_hub.cli import backup_archive, backup_database
    from ocop_hub.cli.runtime import bring_up, open_addresses
    from ocop_hub.cli.walls import refuse_pooler
    from ocop_hub.db import Database

    refuse_pooler(settings)
    manifest = await asyncio.to_thread(backup_archive.check, file)
    secret = await asyncio.to_thread(backup_archive.read_secret, file, manifest)
    refuse_other_secret(settings, secret)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with open_addresses(settings) as addresses:
        await backup_database.check_target(addresses.owner, manifest.revision)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data_dir) as folder:
            dump = Path(folder) / backup_archive.DUMP
            await asyncio.to_thread(backup_archive.unpack, file, backup_archive.DUMP, dump)
            _keep_secret(settings, file, manifest)
            if not settings.media_url:
                media = settings.data_dir / backup_archive.MEDIA
                await asyncio.to_thread(backup_archive.unpack_media, file, media)
            await backup_database.restore(addresses.owner, dump, manifest.rows)
        await bring_up(addresses)
        database = Database(addresses.app, pool_size=1)
        try:
            stalls, listings = await _after(database, manifest)
        finally:
            await database.close()
    return manifest, stalls, listings


def refuse_other_secret(settings: Settings, secret: str) -> None:
    """Raises Conflict when the installation has another secret: stalls and printed serials would not open."""
    from ocop_hub.errors import Conflict

    present = _secret(settings)
    if secret and present and present != secret:
        where = "OCOP_HUB_SECRET_KEY" if settings.secret_key.get_secret_value() else "secret.key"
        raise Conflict(
            f"{where} ở đây khác khóa trong bản sao lưu: gian hàng và số tem đã in sẽ không mở được. "
            "Hãy đặt lại đúng khóa cũ, hoặc bỏ khóa này đi rồi chạy lại."
        )


def _keep_secret(settings: Settings, file: Path, manifest: Manifest) -> None:
    from ocop_hub.cli import backup_archive

    if backup_archive.SECRET in manifest.members and not settings.secret_key.get_secret_value():
        backup_archive.unpack(file, backup_archive.SECRET, settings.data_dir / backup_archive.SECRET)


async def _after(database: Database, manifest: Manifest) -> tuple[int, int]:
    """What holds no longer after going back: sign-ins end, stalls and listings are looked at anew."""
    from sqlalchemy import delete

    from ocop_hub import audit
    from ocop_hub.accounts.models import UserSession
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing.lane.restored import look_before_creating

    async with database.session(SYSTEM) as session:
        await session.execute(delete(UserSession))
        counted = await look_before_creating(session)
        audit.record(
            session,
            actor=SYSTEM_ACTOR.label,
            action="installation.restore",
            subject="installation:",
            made_at=manifest.made_at,
        )
        return counted
