"""Run `holdfast serve`: serve the report site until Ctrl-C."""

from __future__ import annotations

import signal
import webbrowser
from pathlib import Path
from threading import Thread
from typing import Any

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.report.site import write_sites
from crawler.cli.report.site_server import SiteServer
from crawler.cli.stored_data import require_database
from crawler.cli.terminal.console import TerminalOutput
from crawler.http.urls import InvalidUrl
from store.files.temporary_folders import temporary_folder


def execute(
    common: CommonOptions,
    *,
    site: Path | None,
    host: str,
    port: int,
    allowed_hosts: tuple[str, ...],
    open_browser: bool,
    lang: str | None,
    wiki_names: tuple[str, ...],
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.serve`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: A host name is invalid, or the port cannot be used.
    """
    terminal = TerminalOutput(common)
    with temporary_folder() as folder:
        root = site or folder / "site"
        if site is None:
            loaded = common.load_as_written()
            wikis = loaded.wikis(wiki_names)
            require_database(loaded)
            write_sites(wikis, root, lang=lang)
        try:
            server = SiteServer(root, host, port, allowed_hosts)
        except InvalidUrl as error:
            raise CommandFailed(
                f"invalid host name {error.url!r}: use e.g. wiki.lan or wiki.lan:8080"
            ) from error
        except OSError as error:
            raise CommandFailed(
                f"cannot listen on {host}:{port}: {error.strerror}: try another --port"
            ) from error
        with server:
            _stop_on_signals(server)
            terminal.note(f"{server.url}  (press Ctrl-C to stop)")
            if open_browser:
                webbrowser.open(server.url)
            server.serve_forever()
    return ExitCode.OK


def _stop_on_signals(server: SiteServer) -> None:
    """Stop the server on Ctrl-C and SIGTERM.

    Handlers are set, because shells start background jobs with SIGINT ignored.
    """

    def stop(*_: Any) -> None:
        # In another thread, because `shutdown` waits until `serve_forever` in this one returns.
        Thread(target=server.shutdown).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
