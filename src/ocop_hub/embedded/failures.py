"""From what the system or PostgreSQL said to a refusal that tells a person what to do."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocop_hub.embedded.errors import DiskFull, EmbeddedError, NotAnswering, NotPermitted, PortInUse

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EINVAL)
_FULL_WORDS = (
    "File size limit exceeded",
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "No usable space",
)


@contextmanager
def explained(data_dir: Path) -> Iterator[None]:
    """Turn an ``OSError`` about the data folder into DiskFull or NotPermitted; others pass."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _FULL:
            raise _disk_full(data_dir) from problem
        if problem.errno not in _REFUSED:
            raise
        raise NotPermitted(
            f"Không dùng được thư mục dữ liệu {data_dir} ({problem}). Hãy cấp quyền ghi "
            "cho người dùng đang chạy chương trình, hoặc đặt OCOP_HUB_DATA_DIR vào thư mục khác."
        ) from problem


def failure(data_dir: Path, said: str, *, port: int = 0, log: Path | None = None) -> EmbeddedError:
    """The refusal for a program that ended with an error and these last words (English, as PostgreSQL's)."""
    if any(words in said for words in _FULL_WORDS):
        return _disk_full(data_dir)
    if port and "could not bind" in said and "in use" in said:
        return PortInUse(
            f"Cổng 127.0.0.1:{port} đã có chương trình khác dùng. Hãy đặt OCOP_HUB_EMBEDDED_PORT thành cổng khác, "
            "hoặc 0 để chỉ dùng socket nội bộ."
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reasons = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line] or lines
    seen = f" Xem thêm {log}." if log else ""
    return NotAnswering(
        f"PostgreSQL trong {data_dir} không khởi động được: {' / '.join(reasons[-2:]) or 'không có thông báo'}.{seen}"
    )


def _disk_full(data_dir: Path) -> DiskFull:
    place = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free // 1_000_000
    return DiskFull(
        f"Hết chỗ ghi dữ liệu tại {data_dir} (còn trống {free} MB, hoặc đã chạm hạn mức). Dữ liệu đã có không bị "
        "mất. Hãy giải phóng ít nhất 200 MB rồi chạy lại, hoặc đặt OCOP_HUB_DATA_DIR vào ổ khác."
    )
