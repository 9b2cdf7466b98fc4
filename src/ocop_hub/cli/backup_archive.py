"""The file of a backup: a tar whose last member tells of all the others, so that half a file is no backup."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ocop_hub.errors import Malformed

DUMP = "database.dump"
SECRET = "secret.key"  # noqa: S105 - the name of a file
MANIFEST = "manifest.json"
MEDIA = "media"
FORMAT = 1
CHUNK = 1 << 20


class DamagedBackup(Malformed):
    code = "damaged-backup"
    title = "Tệp sao lưu không dùng được"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive holds. ``rows`` counts every table, in the same snapshot as the dump."""

    version: str
    revision: str
    server_major: int
    made_at: str
    media_included: bool
    rows: Mapping[str, int]
    #: SHA-256 of every other member, by name.
    members: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


@contextmanager
def whole_or_nothing(target: Path) -> Iterator[Path]:
    """A private folder beside ``target`` holding the file to write; renamed to ``target`` when all went well."""
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        writing = Path(folder) / "archive.tar"
        yield writing
        with writing.open("rb") as done:
            os.fsync(done.fileno())
        writing.chmod(0o600)
        writing.replace(target)


def pack(archive: Path, *, dump: Path, secret: str, media: Path | None, manifest: Manifest) -> None:
    """Write the archive; every byte is hashed as it goes in. Blocks."""
    hashes: dict[str, str] = {}
    with tarfile.open(archive, "x") as tar:
        _add_file(tar, DUMP, dump, hashes)
        if secret:
            _add_bytes(tar, SECRET, secret.encode())
            hashes[SECRET] = hashlib.sha256(secret.encode()).hexdigest()
        if media is not None:
            for path in sorted(media.rglob("*")):
                if path.is_file():
                    _add_file(tar, f"{MEDIA}/{path.relative_to(media).as_posix()}", path, hashes)
        said = asdict(manifest) | {"members": hashes}
        _add_bytes(tar, MANIFEST, json.dumps(said, ensure_ascii=False, indent=1).encode())


def check(archive: Path) -> Manifest:
    """The manifest, once every member was found to be what it says. Blocks. Raises :class:`DamagedBackup`."""
    hashes: dict[str, str] = {}
    manifest = b""
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                _refuse_odd(member)
                content = tar.extractfile(member)
                if content is None:
                    raise DamagedBackup(f"Mục «{member.name}» trong {archive} không phải tệp.")
                if member.name == MANIFEST:
                    manifest = content.read()
                else:
                    hashes[member.name] = _digest(content)
    except (tarfile.TarError, EOFError) as error:
        raise DamagedBackup(
            f"{archive} không phải tệp sao lưu, hoặc đã hỏng hay thiếu phần cuối. Hãy dùng một bản sao khác."
        ) from error
    except OSError as error:
        raise DamagedBackup(f"Không đọc được {archive}: {error.strerror}.") from error
    found = _manifest(archive, manifest)
    wrong = sorted(
        name for name in hashes.keys() | found.members.keys() if hashes.get(name) != found.members.get(name)
    )
    if wrong:
        raise DamagedBackup(
            f"Trong {archive}, mục «{wrong[0]}» khác với bản kê (tất cả {len(wrong)} mục sai). "
            "Tệp đã hỏng hoặc bị sửa. Hãy dùng một bản sao khác."
        )
    return found


def unpack(archive: Path, name: str, target: Path) -> None:
    """Write one member to ``target``, readable by its owner only. Blocks."""
    with tarfile.open(archive, "r:") as tar:
        content = tar.extractfile(name)
        assert content is not None  # noqa: S101 - ``check`` saw it
        _copy(content, target)


def read_secret(archive: Path, manifest: Manifest) -> str:
    """The installation's secret; empty when the backup has none. Blocks."""
    if SECRET not in manifest.members:
        return ""
    with tarfile.open(archive, "r:") as tar:
        content = tar.extractfile(SECRET)
        return content.read().decode().strip() if content is not None else ""


def unpack_media(archive: Path, folder: Path) -> int:
    """Put pictures and files back. They are named by their content: one that is there already stays the same.

    Returns how many were written. Blocks.
    """
    written = 0
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None and member.name.startswith(f"{MEDIA}/"):
                target = folder / PurePosixPath(member.name).relative_to(MEDIA)
                target.parent.mkdir(parents=True, exist_ok=True)
                _copy(content, target)
                written += 1
    return written


def _refuse_odd(member: tarfile.TarInfo) -> None:
    """Nothing but plain files, and none that would be written outside the folder."""
    path = PurePosixPath(member.name)
    known = member.name in (DUMP, SECRET, MANIFEST) or (path.parts[:1] == (MEDIA,) and len(path.parts) > 1)
    if not member.isfile() or not known or ".." in path.parts:
        raise DamagedBackup(f"Mục «{member.name}» không thuộc một tệp sao lưu của ocop-hub.")


def _manifest(archive: Path, content: bytes) -> Manifest:
    try:
        said: dict[str, Any] = json.loads(content)
        manifest = Manifest(**said)
    except (ValueError, TypeError) as error:
        raise DamagedBackup(
            f"{archive} không có bản kê hợp lệ: không phải tệp sao lưu, hoặc thiếu phần cuối."
        ) from error
    if manifest.format != FORMAT or DUMP not in manifest.members:
        raise DamagedBackup(f"{archive} là tệp sao lưu của một phiên bản khác của ocop-hub.")
    return manifest


def _add_file(tar: tarfile.TarFile, name: str, path: Path, hashes: dict[str, str]) -> None:
    with path.open("rb") as file:
        hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        tar.addfile(_info(name, size), file)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_info(name, len(content)), io.BytesIO(content))


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def _copy(content: IO[bytes], target: Path) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        while piece := content.read(CHUNK):
            file.write(piece)
