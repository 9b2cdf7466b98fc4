"""One server per data folder, whatever happens to the processes that use it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from ocop_hub import embedded

if TYPE_CHECKING:
    from tests.embedded.conftest import Stage


def crash(stage: Stage) -> None:
    """Kill the postmaster and wait until none of its children holds the server's lock."""
    os.kill(stage.postmaster(), signal.SIGKILL)
    stage.wait_for(stage.lock_is_free)


class TestStart:
    def test_second_process_joins_the_server_of_the_first(self, stage: Stage) -> None:
        _, first = stage.started()
        pid = stage.postmaster()
        _, second = stage.started()
        assert (second, stage.postmaster()) == (first, pid)

    def test_four_at_once_on_an_empty_folder_share_one_server(self, stage: Stage) -> None:
        processes = [stage.begin() for _ in range(4)]
        urls = {process.answer()["url"] for process in processes}
        assert len(urls) == 1
        assert stage.ask(urls.pop(), "select 1") == "1"
        assert (stage.folder / "server.log").read_text().count("ready to accept connections") == 1

    def test_an_interrupted_creation_is_begun_anew(self, my_stage: Stage) -> None:
        process, _ = my_stage.started()
        process.leave()
        unfinished = my_stage.folder / "making-cut-short"
        my_stage.cluster.rename(unfinished)
        (unfinished / "global" / "pg_control").unlink()
        _, url = my_stage.started()
        assert my_stage.ask(url, "select 1") == "1"
        assert not unfinished.exists()

    def test_durability_and_passwords_are_on(self, my_stage: Stage) -> None:
        _, url = my_stage.started()
        shown = "select string_agg(setting, ' ' order by name) from pg_settings where name in "
        names = (
            "('fsync', 'full_page_writes', 'synchronous_commit', 'password_encryption', 'max_connections')"
        )
        assert my_stage.ask(url, shown + names) == "on on 200 scram-sha-256 on"

    async def test_url_serves_asyncpg_and_sqlalchemy(self, my_stage: Stage) -> None:
        with embedded.start(my_stage.data_dir) as lease:
            url = lease.server.url("postgres", embedded.SUPERUSER)
            connection: asyncpg.Connection[Any] = await asyncpg.connect(url)
            assert await connection.fetchval("select current_user") == embedded.SUPERUSER
            await connection.close()
            engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
            async with engine.connect() as session:
                assert (await session.execute(text("select 1"))).scalar() == 1
            await engine.dispose()
        assert not my_stage.serving()

    def test_url_quotes_what_it_carries(self) -> None:
        server = embedded.EmbeddedServer(Path("/tmp/a b&c"), 5432, 18, Path("var"))
        assert server.url("đo/1", "a@b") == (
            "postgresql://a%40b@/%C4%91o%2F1?host=%2Ftmp%2Fa%20b%26c&port=5432"
        )


class TestRelease:
    def test_the_last_one_stops_the_server(self, stage: Stage) -> None:
        first, url = stage.started()
        second, _ = stage.started()
        first.release()
        assert stage.ask(url, "select 1") == "1"
        second.release()
        assert not stage.serving()

    def test_a_process_that_ends_normally_releases(self, stage: Stage) -> None:
        process, _ = stage.started()
        process.leave()
        assert not stage.serving()

    def test_two_leases_of_one_process_count_as_two(self, my_stage: Stage) -> None:
        first, second = embedded.start(my_stage.data_dir), embedded.start(my_stage.data_dir)
        first.release()
        first.release()
        assert my_stage.serving()
        second.release()
        assert not my_stage.serving()

    def test_a_server_whose_pid_is_not_in_the_folder_is_left_alone(self, my_stage: Stage) -> None:
        """Its pid file then speaks of another container's process."""
        process, url = my_stage.started()
        pid_file = my_stage.cluster / "postmaster.pid"
        true_text = pid_file.read_text()
        with subprocess.Popen(["sleep", "60"]) as bystander:
            pid_file.write_text("\n".join([str(bystander.pid), *true_text.split("\n")[1:]]))
            process.release()
            assert bystander.poll() is None
            bystander.kill()
        pid_file.write_text(true_text)
        assert my_stage.ask(url, "select 1") == "1"


class TestKilledOwner:
    def test_the_next_process_joins_and_stops_the_server(self, stage: Stage) -> None:
        owner, url = stage.started()
        pid = stage.postmaster()
        owner.kill()
        assert stage.ask(url, "select 1") == "1"
        heir, _ = stage.started()
        assert stage.postmaster() == pid
        heir.leave()
        assert not stage.serving()

    def test_what_was_committed_survives_owner_and_server(self, stage: Stage) -> None:
        owner, url = stage.started()
        stage.ask(url, "create table kept as select generate_series(1, 1000) as n")
        owner.kill()
        crash(stage)
        _, again = stage.started()
        assert again == url
        assert stage.ask(url, "select count(*) from kept") == "1000"

    def test_a_stale_pid_that_lives_again_is_not_believed(self, stage: Stage) -> None:
        owner, url = stage.started()
        owner.kill()
        crash(stage)
        uid, gid = stage.server_account()
        switch = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
        with subprocess.Popen(["sleep", "60"], cwd="/", **switch) as bystander:  # type: ignore[call-overload]  # kwargs of one kind
            for path in (stage.cluster / "postmaster.pid", stage.socket_lock(url)):
                lines = path.read_text().split("\n")
                path.write_text("\n".join([str(bystander.pid), *lines[1:]]))
            heir, url = stage.started()
            assert stage.ask(url, "select 1") == "1"
            heir.leave()
            assert bystander.poll() is None
            bystander.kill()
        assert not stage.serving()

    def test_a_pid_file_cut_short_is_dropped(self, my_stage: Stage) -> None:
        owner, _ = my_stage.started()
        owner.kill()
        crash(my_stage)
        (my_stage.cluster / "postmaster.pid").write_text("")
        _, url = my_stage.started()
        assert my_stage.ask(url, "select 1") == "1"

    def test_no_second_server_while_a_child_of_the_dead_one_lives(self, my_stage: Stage) -> None:
        owner, url = my_stage.started()
        with subprocess.Popen([str(embedded.tool("psql")), url, "-Xqc", "select pg_sleep(60)"]) as client:
            find = "select pid from pg_stat_activity where query like 'select pg_sleep%'"
            my_stage.wait_for(lambda: my_stage.ask(url, find) != "")
            backend = int(my_stage.ask(url, find))
            os.kill(backend, signal.SIGSTOP)  # as one that is busy and has not noticed yet
            try:
                owner.kill()
                os.kill(my_stage.postmaster(), signal.SIGKILL)
                heir = my_stage.begin()
                assert heir.process.stdout is not None
                assert select.select([heir.process.stdout], [], [], 1.0)[0] == []
            finally:
                os.kill(backend, signal.SIGKILL)
                client.kill()
            assert heir.answer() == {"url": url}

    def test_ctrl_c_at_the_terminal_does_not_reach_the_server(self, stage: Stage) -> None:
        owner, url = stage.started(ignore_interrupt=True)
        pid = stage.postmaster()
        os.killpg(owner.process.pid, signal.SIGINT)
        assert stage.ask(url, "select 1") == "1"
        assert stage.postmaster() == pid
        assert "shutdown request" not in (stage.folder / "server.log").read_text()
