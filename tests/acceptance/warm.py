"""Run `holdfast` in processes forked from one that has imported everything (`warm_server`).

Starting an interpreter and importing Holdfast takes longer than most commands take. A forked process
has a memory, signals, an environment, a working folder and an exit code of its own, as any other.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Lock, Thread
from typing import TextIO

from tests.acceptance.warm_server import FILES, LENGTH, NUMBER


class WarmServer:
    """The process that forks commands. It ends with this process, or with `close`.

    Args:
        env: Its environment, and what a forked process cannot change any more: the warnings that
            are errors, the paths of modules, UTF-8.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        self._lock = Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.acceptance.warm_server", str(theirs.fileno())],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)

    def fork(self, order: bytes, files: Sequence[int]) -> None:
        """Fork a process with these files as its streams; the last one is for its parent."""
        with self._lock:
            socket.send_fds(self._control, [LENGTH.pack(len(order))], list(files))
            self._control.sendall(order)

    def write_program(self, path: Path) -> None:
        """Write a program `holdfast` for scripts, which runs each command in a forked process."""
        place = Path(tempfile.mkdtemp(prefix="holdfast-warm-")) / "socket"
        atexit.register(shutil.rmtree, place.parent, ignore_errors=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(place))
        listening.listen()
        Thread(target=self._accept, args=[listening], daemon=True).start()
        client = Path(__file__).with_name("warm_client.py")
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{client}" "{place}" "$@"\n')
        path.chmod(0o755)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            connection = listening.accept()[0]
            with connection:
                header, files, _, _ = socket.recv_fds(connection, LENGTH.size, FILES)
                order = connection.recv(LENGTH.unpack(header)[0], socket.MSG_WAITALL)
                self.fork(order, files)
            for file in files:
                os.close(file)

    def close(self) -> None:
        """End the server. Commands that still run go on."""
        self._control.close()
        self._process.wait()


class WarmProcess:
    """A command in a forked process, with what tests use of `subprocess.Popen`.

    It is no child of this process: its parent reports its process id and its end through a pipe.

    Args:
        server: The process to fork.
        module: What `python -m` would run.
        arguments: The command line after the program's name.
        cwd: The working folder.
        env: The whole environment.
        stdin: What the command reads; None: nothing.
        log: A file for what it writes, in place of the pipes.
    """

    def __init__(
        self,
        server: WarmServer,
        module: str,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: bytes | None = None,
        log: Path | None = None,
    ) -> None:
        self.args = [sys.executable, "-m", module, *arguments]
        self.returncode: int | None = None
        order = json.dumps([module, list(arguments), str(cwd), dict(env)]).encode()
        with ExitStack() as theirs:

            def pipe() -> tuple[int, int]:
                read, write = os.pipe()
                theirs.callback(os.close, write)
                return read, write

            given = theirs.enter_context(tempfile.TemporaryFile())
            given.write(stdin or b"")
            given.seek(0)
            if log is None:
                (stdout, write_out), (stderr, write_err) = pipe(), pipe()
            else:
                write_out = write_err = theirs.enter_context(log.open("ab")).fileno()
                stdout, stderr = os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_RDONLY)
            self._reports, write_reports = pipe()
            server.fork(order, [given.fileno(), write_out, write_err, write_reports])
        self.stdout: TextIO = os.fdopen(stdout, encoding="utf-8")
        self.stderr: TextIO = os.fdopen(stderr, encoding="utf-8")
        self.pid = self._next_report()

    def _next_report(self) -> int:
        read = os.read(self._reports, NUMBER.size)
        assert read, f"the process that forks commands has ended: {self.args}"
        number: int = NUMBER.unpack(read)[0]
        return number

    def poll(self) -> int | None:
        """Return the exit code, or None while the command runs."""
        if self.returncode is None and select.select([self._reports], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the command and return its exit code."""
        if self.returncode is None:
            if not select.select([self._reports], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = os.waitstatus_to_exitcode(self._next_report())
            os.close(self._reports)
        return self.returncode

    def communicate(self, *, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end of the command and return what it wrote and was not read yet."""
        written = ["", ""]

        def read(number: int, stream: TextIO) -> None:
            with stream:
                written[number] = stream.read()

        readers = [
            Thread(target=read, args=each, daemon=True)
            for each in enumerate((self.stdout, self.stderr))
        ]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
            if reader.is_alive():  # a process that the command started keeps its output open
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return written[0], written[1]

    def send_signal(self, number: int) -> None:
        """Send a signal to the command, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the command at once."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """End the command if it still runs, and close its pipes."""
        self.kill()
        self.wait()
        self.stdout.close()
        self.stderr.close()
