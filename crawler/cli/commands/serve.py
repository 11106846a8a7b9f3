"""`holdfast serve`: the report site in a browser, read-only."""

from __future__ import annotations

import signal
import webbrowser
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import click

from crawler.cli.commands.report import write_sites
from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options, wiki_option
from crawler.cli.report_output import lang_option
from crawler.cli.site_server import SiteServer
from crawler.http.urls import InvalidUrl

_PORT = 8642


@click.command(
    epilog="""\b
Examples:
  holdfast serve --open            make the site and show it
  holdfast serve --site public     one that was made before, by report --site
"""
)
@click.option(
    "--site",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A site made before; else one is made now.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; others than loopback show the report to the network.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="0 chooses a free one.",
)
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME[:PORT]",
    help="Answer requests for this host name, too; may be repeated. Without it: localhost, loopback and --host.",
)
@click.option("--open", "shown", is_flag=True, help="Open it in the browser.")
@lang_option
@wiki_option
@common_options
def command(
    common: CommonOptions,
    site: Path | None,
    host: str,
    port: int,
    allowed: tuple[str, ...],
    shown: bool,
    lang: str | None,
    names: tuple[str, ...],
) -> ExitCode:
    """Show the report as a site, until Ctrl-C. Nothing can be changed through it.

    Requests for other host names than those it was started for are refused, so that no web page can read the report through a browser.
    """
    screen = TerminalOutput(common)
    with TemporaryDirectory(prefix="holdfast-") as folder:
        root = site or Path(folder) / "site"
        if site is None:
            write_sites(common.load().wikis(names), root, lang=lang)
        try:
            server = SiteServer(root, host, port, allowed)
        except InvalidUrl as error:
            raise CommandFailed(
                f"{error.url!r} is no host name: write for example wiki.lan or wiki.lan:8080"
            ) from error
        except OSError as error:
            raise CommandFailed(
                f"cannot listen on {host}:{port}: {error.strerror}; try another --port"
            ) from error
        with server:
            _end_on_signals(server)
            screen.note(f"{server.url}  (Ctrl-C ends it)")
            if shown:
                webbrowser.open(server.url)
            server.serve_forever()
    return ExitCode.OK


def _end_on_signals(server: SiteServer) -> None:
    """End in order on Ctrl-C and SIGTERM, also where whoever started us ignores the former, as a shell's background jobs do."""

    def end(*_: Any) -> None:
        Thread(target=server.shutdown).start()  # it waits for the loop that this very thread runs

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
