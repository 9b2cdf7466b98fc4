"""Under which user the server runs.

PostgreSQL refuses to run as root. A normal user runs it himself. For root it is the owner of existing data,
else the user ``ocop-hub`` where an operator has made one, else ``nobody``.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from ocop_hub.embedded.errors import NotPermitted

_PREFERRED = ("ocop-hub", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group ids of the server; ``drop`` when we are root and must change to them."""

    uid: int
    gid: int
    drop: bool

    def own(self, path: Path) -> None:
        """Give one file or folder (not a link's target) to the account."""
        if self.drop:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_tree(self, top: Path) -> None:
        """Give a folder and all in it to the account."""
        for folder, folders, files in os.walk(top):
            for name in (*folders, *files):
                self.own(Path(folder, name))
        self.own(top)


def account_for(cluster: Path) -> Account:
    """The account for the data in ``cluster``, which need not exist yet.

    Raises NotPermitted when the data belong to someone else and we are not root, when no unprivileged
    user exists on this machine, or for root where there is no ``/proc`` (see ``cluster.handle_on``).
    """
    me = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if me != 0:
        if owner not in (None, me):
            raise NotPermitted(
                f"Dữ liệu trong {cluster} thuộc người dùng {_name(owner)}, còn chương trình đang chạy bằng "
                f"{_name(me)}. Hãy chạy bằng {_name(owner)}, hoặc đặt OCOP_HUB_DATA_DIR vào thư mục khác."
            )
        return Account(me, os.getegid(), drop=False)
    if not Path("/proc/self/fd").is_dir():
        raise NotPermitted(
            "Trên hệ điều hành này PostgreSQL đi kèm không chạy được khi chương trình chạy bằng root. Hãy chạy bằng "
            "người dùng thường, hoặc đặt OCOP_HUB_DATABASE_URL."
        )
    if owner:
        return Account(owner, cluster.stat().st_gid, drop=True)
    for name in _PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, drop=True)
    raise NotPermitted(
        "PostgreSQL không chạy bằng root và máy này không có người dùng nobody. Hãy tạo người dùng ocop-hub "
        "(useradd --system ocop-hub), hoặc chạy chương trình bằng người dùng thường."
    )


def _name(uid: int | None) -> str:
    if uid is None:
        return "?"
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
