"""Places, users and machines that are not as one would wish."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ocop_hub import embedded

if TYPE_CHECKING:
    from tests.embedded.conftest import Stage

AS_ROOT = os.geteuid() == 0


class TestPath:
    def test_blanks_quotes_and_dollar_signs(self, stage: Stage) -> None:
        odd = stage.data_dir / """Dữ liệu của "HTX" $HOME `id` it's \\ %p"""
        process, url = stage.started(data_dir=odd)
        assert stage.ask(url, "select 1") == "1"
        process.leave()
        assert not (odd / "postgresql" / "cluster" / "postmaster.pid").exists()

    def test_very_long_path(self, stage: Stage) -> None:
        deep = stage.data_dir.joinpath(*["rất-dài-" * 20] * 8)
        assert len(os.fsencode(deep)) > 1500  # beyond a socket's 107 bytes and PostgreSQL's own 1,023
        process, url = stage.started(data_dir=deep)
        assert stage.ask(url, "select 1") == "1"
        process.leave()

    def test_a_taken_socket_folder_is_passed_over(self, my_stage: Stage) -> None:
        with embedded.start(my_stage.data_dir) as lease:
            usual = lease.server.socket_dir
        usual.mkdir()
        try:
            usual.chmod(0o777)  # anybody could put his own socket here
            with embedded.start(my_stage.data_dir) as lease:
                assert lease.server.socket_dir != usual
                assert stat.S_IMODE(lease.server.socket_dir.stat().st_mode) == 0o700
        finally:
            usual.rmdir()

    def test_a_file_in_place_of_the_folder(self, unprivileged: Stage) -> None:
        unprivileged.data_dir.write_text("")
        refusal = unprivileged.refused()
        assert refusal["error"] == "NotPermitted"
        assert str(unprivileged.data_dir) in refusal["detail"]


class TestAccount:
    def test_the_server_never_runs_as_root(self, stage: Stage) -> None:
        stage.started()
        uid = stage.server_account()[0]
        assert uid != 0
        assert Path(f"/proc/{stage.postmaster()}").stat().st_uid == uid

    def test_private_parents_stay_private(self, stage: Stage) -> None:
        _, url = stage.started()
        assert stage.ask(url, "select 1") == "1"
        assert stat.S_IMODE(stage.data_dir.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(stage.folder.stat().st_mode) == 0o700

    def test_a_folder_we_may_not_write(self, unprivileged: Stage) -> None:
        unprivileged.data_dir.mkdir(mode=0o500)
        if AS_ROOT:
            os.chown(unprivileged.data_dir, 0, 0)
        refusal = unprivileged.refused()
        assert refusal["error"] == "NotPermitted"
        assert "OCOP_HUB_DATA_DIR" in refusal["detail"]


if AS_ROOT:  # a normal user has neither of these two cases

    def test_root_with_programs_under_a_private_folder(
        my_stage: Stage, copy_programs: Callable[[Path], Path], tmp_path: Path
    ) -> None:
        tmp_path.chmod(0o700)
        library = copy_programs(tmp_path)
        shared = Path("/var/lib/ocop-hub")
        before = set(shared.iterdir()) if shared.exists() else None
        try:
            _, url = my_stage.started(library=library)
            assert my_stage.ask(url, "select 1") == "1"
            assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
            program = Path(f"/proc/{my_stage.postmaster()}/exe").readlink()
            assert program.is_relative_to(shared)
            assert program.stat().st_uid == 0
        finally:
            for made in set(shared.glob("*")) - (before or set()):
                shutil.rmtree(made)
            if before is None:
                shared.rmdir()

    def test_root_opens_data_that_root_restored(my_stage: Stage) -> None:
        process, url = my_stage.started()
        my_stage.ask(url, "create table kept as select 1 as n")
        process.leave()
        subprocess.run(["chown", "-R", "0:0", str(my_stage.cluster)], check=True)
        _, url = my_stage.started()
        assert my_stage.ask(url, "select n from kept") == "1"


def test_data_of_another_user(unprivileged: Stage) -> None:
    """Root's data for a normal user; for a normal suite, a folder of root's."""
    if not AS_ROOT:
        unprivileged.folder.mkdir(parents=True)
        unprivileged.cluster.symlink_to("/usr")
    else:
        unprivileged.started()[0].leave()
        os.chown(unprivileged.cluster, 12345, 12345)
    refusal = unprivileged.refused()
    assert refusal["error"] == "NotPermitted"


class TestLocale:
    def test_strange_locale_and_variables(self, stage: Stage) -> None:
        value = "xx_YY.bogus"
        strange = {
            "LC_ALL": value,
            "LANG": value,
            "LANGUAGE": "?",
            "PGDATA": "/nowhere",
            "PGPORT": "x",
            "TZ": "Mars",
        }
        _, url = stage.started(environment=strange)
        shown = "select pg_encoding_to_char(encoding) || ' ' || lower('ĐẶC SẢN') from pg_database limit 1"
        assert stage.ask(url, shown) == "UTF8 đặc sản"


class TestOtherMajorVersion:
    def test_is_named_and_left_untouched(self, stage: Stage) -> None:
        process, _ = stage.started()
        process.leave()
        version = stage.cluster / "PG_VERSION"
        version.write_text("16\n")
        before = sorted((path.name, path.stat().st_mtime_ns) for path in stage.cluster.iterdir())
        refusal = stage.refused()
        assert refusal["error"] == "OtherMajorVersion"
        for part in ("PostgreSQL 16", "18", str(stage.cluster), "backup"):
            assert part in refusal["detail"]
        assert sorted((path.name, path.stat().st_mtime_ns) for path in stage.cluster.iterdir()) == before
        version.write_text("18\n")
        stage.started()


class TestPort:
    def test_in_use(self, stage: Stage) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            refusal = stage.refused(port=port)
            assert refusal["error"] == "PortInUse"
            assert str(port) in refusal["detail"]
            assert "OCOP_HUB_EMBEDDED_PORT" in refusal["detail"]
        process, url = stage.started(port=port)
        assert stage.ask(url, "select 1") == "1"
        process.leave()

    def test_tcp_asks_a_password_and_refuses_the_superuser(self, my_stage: Stage, free_port: int) -> None:
        with embedded.start(my_stage.data_dir, port=free_port) as lease:
            root = lease.server.url("postgres", embedded.SUPERUSER)
            my_stage.ask(
                root,
                f"alter role {embedded.SUPERUSER} password 'right'; create role lan login password 'right'",
            )
            tcp = f"postgresql://%s@127.0.0.1:{free_port}/postgres"
            assert my_stage.ask(tcp % "lan", "select 1", password="right") == "1"
            for user, password in (("lan", "wrong"), (embedded.SUPERUSER, "right")):
                with pytest.raises(subprocess.CalledProcessError):
                    my_stage.ask(tcp % user, "select 1", password=password)

    def test_socket_only_listens_on_no_port(self, my_stage: Stage) -> None:
        with embedded.start(my_stage.data_dir) as lease:
            root = lease.server.url("postgres", embedded.SUPERUSER)
            assert my_stage.ask(root, "show listen_addresses") == ""

    def test_differs_from_the_running_server(self, my_stage: Stage, free_port: int) -> None:
        with embedded.start(my_stage.data_dir):
            with pytest.raises(embedded.PortDiffers) as refusal:
                embedded.start(my_stage.data_dir, port=free_port)
            assert str(free_port) in refusal.value.detail
            assert my_stage.serving()


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _mount(place: Path, megabytes: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(place)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _can_mount() -> bool:
    with tempfile.TemporaryDirectory() as place:
        able = _mount(Path(place), 1)
        if able:
            subprocess.run(["umount", place], check=True)
        return able


def fill(ballast: Path) -> None:
    """Write until the disk is full to the last block."""
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(itertools.repeat(b"x" * 4096))


@pytest.fixture
def small_disk(stage: Stage) -> Iterator[Path]:
    stage.data_dir.mkdir()
    assert _mount(stage.data_dir, 30)
    yield stage.data_dir
    stage.end()
    subprocess.run(["umount", "--lazy", str(stage.data_dir)], check=True)


class TestDiskFull:
    if _can_mount():

        def test_on_a_small_disk(self, stage: Stage, small_disk: Path) -> None:
            refusal = stage.refused()
            assert refusal["error"] == "DiskFull"
            assert str(small_disk) in refusal["detail"]
            assert [path.name for path in stage.folder.iterdir() if path.is_dir()] == []

            subprocess.run(["mount", "-o", "remount,size=120m", str(small_disk)], check=True)
            process, url = stage.started()
            stage.ask(url, "create table kept as select 1 as n")
            process.leave()

            ballast = small_disk / "ballast"
            fill(ballast)
            assert stage.refused()["error"] == "DiskFull"
            ballast.unlink()
            _, url = stage.started()
            assert stage.ask(url, "select n from kept") == "1"

    def test_at_a_limit_of_file_size(self, stage: Stage) -> None:
        refusal = stage.refused(file_limit=4_000_000)  # less than one WAL segment; needs no right to mount
        assert refusal["error"] == "DiskFull"
        assert not stage.cluster.exists()
        _, url = stage.started()
        assert stage.ask(url, "select 1") == "1"


class TestTool:
    def test_programs_answer(self) -> None:
        for name in ("pg_dump", "pg_basebackup", "psql"):
            told = subprocess.run(
                [str(embedded.tool(name)), "--version"], capture_output=True, text=True, check=True
            )
            assert "(PostgreSQL) 18" in told.stdout

    def test_unknown_program(self) -> None:
        with pytest.raises(embedded.ProgramsMissing, match="pg_nothing"):
            embedded.tool("pg_nothing")
