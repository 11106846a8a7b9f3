"""Start temporary PostgreSQL clusters with the binaries of the system."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

_SETTINGS = {
    "listen_addresses": "",  # a socket in its own folder is all it needs
    "max_connections": "50",
    "timezone": "Asia/Tokyo",  # what comes back in UTC owes it to us
}


def binaries() -> Path | None:
    """Find the folder of the newest server installed; None where there is none."""
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    on_path = shutil.which("postgres")
    candidates = [*reversed(packaged), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in candidates if (path / "initdb").exists()), None)


class Cluster:
    """A server with its databases. `stop` and `start` are for tests of what happens when it goes away."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._programs = programs
        self._made = 0

    @property
    def _as_user(self) -> dict[str, Any]:
        """Return options that run PostgreSQL as a user without rights, since it refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        user = pwd.getpwnam(_unprivileged())
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def create(self, *, fsync: bool) -> None:
        if user := self._as_user:
            os.chown(self._folder, user["user"], user["group"])
        self._call(
            "initdb",
            "--pgdata",
            self._data,
            "--username",
            "holdfast",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--no-locale",
            "--no-sync",
        )
        settings = {
            **_SETTINGS,
            "fsync": "on" if fsync else "off",
            "unix_socket_directories": str(self._folder),
        }
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        (self._data / "postgresql.auto.conf").write_text(lines)

    def start(self) -> None:
        self._call(
            "pg_ctl",
            "start",
            "--pgdata",
            self._data,
            "--log",
            self._folder / "log",
            "--wait",
            "--silent",
        )

    def stop(self) -> None:
        """Stop at once, as if it had crashed: open transactions are lost, clients are cut off."""
        self._call(
            "pg_ctl", "stop", "--pgdata", self._data, "--mode", "immediate", "--wait", "--silent"
        )

    @property
    def pid(self) -> int:
        """The id of the server's process, whose children serve the connections."""
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend all processes of the server for as long as the block lasts."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        processes = [self.pid, *map(int, children.split())]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def url(self, name: str) -> str:
        return f"postgresql://holdfast@/{name}?host={self._folder}"

    def new_database(self) -> str:
        """Create an empty database, and return its URL."""
        self._made += 1
        self.execute(f"CREATE DATABASE test_{self._made}")
        return self.url(f"test_{self._made}")

    def execute(self, statement: str, *, url: str | None = None) -> None:
        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _call(self, program: str, *arguments: str | Path) -> None:
        # Output goes to no pipe: the server would inherit and hold it open.
        with (self._folder.parent / f"{self._folder.name}.out").open("w+") as output:
            done = subprocess.run(
                [self._programs / program, *arguments],
                stdout=output,
                stderr=output,
                cwd=self._folder,
                check=False,
                **self._as_user,
            )
            output.seek(0)
            assert done.returncode == 0, f"{program}: {output.read()}"


def _unprivileged() -> str:
    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def running_cluster(programs: Path, *, fsync: bool = False) -> Iterator[Cluster]:
    """Run a server for as long as the block lasts. Without `fsync` it relies on the machine to keep its power."""
    # Not below pytest's own folder, which only its owner may enter; and short, because a socket's path must be.
    folder = Path(tempfile.mkdtemp(prefix="holdfast-pg-"))
    cluster = Cluster(folder, programs)
    try:
        cluster.create(fsync=fsync)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.out").unlink(missing_ok=True)
