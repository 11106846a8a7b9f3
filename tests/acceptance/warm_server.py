"""Import everything that Holdfast's commands use, then fork a process for each command asked for.

python -m tests.acceptance.warm_server DESCRIPTOR    the number of an open socket; see `warm`
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from crawler.process import lifetime
from reports.formats.html.template_environment import template_environment

LENGTH, NUMBER = struct.Struct("!I"), struct.Struct("!i")
FILES = 4  # standard input, output and error, and the pipe for reports

# What commands import when they run. A module that is not here costs time and nothing else.
_LATE = (
    "alembic.command",
    "alembic.config",
    "jinja2.loaders",
    "rich._emoji_codes",
    "scrapy.downloadermiddlewares.cookies",
    "scrapy.downloadermiddlewares.defaultheaders",
    "scrapy.downloadermiddlewares.downloadtimeout",
    "scrapy.downloadermiddlewares.httpauth",
    "scrapy.downloadermiddlewares.httpcache",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.downloadermiddlewares.httpproxy",
    "scrapy.downloadermiddlewares.offsite",
    "scrapy.downloadermiddlewares.redirect",
    "scrapy.downloadermiddlewares.retry",
    "scrapy.downloadermiddlewares.robotstxt",
    "scrapy.downloadermiddlewares.useragent",
    "scrapy.dupefilters",
    "scrapy.extensions.closespider",
    "scrapy.extensions.corestats",
    "scrapy.extensions.feedexport",
    "scrapy.extensions.logcount",
    "scrapy.extensions.logstats",
    "scrapy.extensions.memdebug",
    "scrapy.extensions.memusage",
    "scrapy.extensions.remote_control",
    "scrapy.extensions.spiderstate",
    "scrapy.extensions.telnet",
    "scrapy.extensions.throttle",
    "scrapy.logformatter",
    "scrapy.pqueues",
    "scrapy.spidermiddlewares.depth",
    "scrapy.spidermiddlewares.metacopy",
    "scrapy.spidermiddlewares.referer",
    "scrapy.spidermiddlewares.start",
    "scrapy.spidermiddlewares.urllength",
    "scrapy.squeues",
    "sqlalchemy.dialects.sqlite",
)


def import_everything() -> None:
    """Import every module of Holdfast, and what they import only when they run.

    Templates are compiled, too, and database classes connected: a sixth of a short run.
    """
    for package in ("crawler", "reports", "store"):
        found = pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
        for module in found:
            if "__main__" not in module.name and ".migrations." not in module.name:
                import_module(module.name)
    for name in _LATE:
        import_module(name)
    templates = template_environment()
    for name in templates.list_templates(extensions=["html"]):
        templates.get_template(name)


class Children:
    """The forked processes that run, and for each the pipe through which its end is reported."""

    def __init__(self) -> None:
        self._pipes: dict[int, int] = {}

    def add(self, child: int, reports: int) -> None:
        """Report the id of a process now, and its end later."""
        os.write(reports, NUMBER.pack(child))
        self._pipes[child] = reports
        self.report_ends()  # a signal that came before is not repeated

    def report_ends(self, *_: object) -> None:
        """Report the ends of processes that have ended. This handles SIGCHLD."""
        for child in list(self._pipes):
            try:
                ended, status = os.waitpid(child, os.WNOHANG)
            except ChildProcessError:
                continue  # a signal during this loop ran it within itself
            if ended and (reports := self._pipes.pop(child, None)) is not None:
                with suppress(BrokenPipeError):  # nobody waits for it any more
                    os.write(reports, NUMBER.pack(status))
                os.close(reports)

    def forget(self) -> None:
        """Close the pipes: in a forked process, which reports nothing."""
        for reports in self._pipes.values():
            os.close(reports)


def serve(control: socket.socket) -> str:
    """Fork a process for each request, until the other end is closed.

    Returns:
        In each forked process: the module to run in it.
    """
    children = Children()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests and their commands
    signal.signal(signal.SIGCHLD, children.report_ends)
    while True:
        header, files, _, _ = socket.recv_fds(control, LENGTH.size, FILES)
        if not header:
            control.close()
            sys.exit()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # would cut the order short
        order = control.recv(LENGTH.unpack(header)[0], socket.MSG_WAITALL)
        *streams, reports = files
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            control.close()
            os.close(reports)
            children.forget()
            module, *rest = json.loads(order)
            _become(streams, *rest)
            return str(module)
        children.add(child, reports)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        for file in streams:
            os.close(file)


def _become(streams: Sequence[int], arguments: list[str], cwd: str, env: dict[str, str]) -> None:
    """Set the streams, folder, environment and start time of this process, as a new one has them."""
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[1:] = arguments
    sys.path[0] = cwd
    lifetime._IMPORTED_AT = lifetime.seconds_since_boot()


def run_to_the_end(module: str) -> None:
    """Run a module as `python -m` does, and end the process as Python does after `sys.exit`.

    But objects that live to the end are not freed one by one: that takes three times the processor
    time of a short command. What else ends the module ends the process: nothing here catches it.
    """
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        code = ended.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    gc.collect()  # warns of what was not closed
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)  # Python has a message and a code for that
    os._exit(code & 0xFF)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    import_everything()
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1, "a thread is lost in a forked process"
    assert "twisted.internet.reactor" not in sys.modules, "a reactor belongs to one process"
    run_to_the_end(serve(control))


if __name__ == "__main__":
    main()
