"""`holdfast serve`: the report site in a browser, read-only."""

from __future__ import annotations

import signal
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import click

from crawler.cli.exits import Exit, Failure
from crawler.cli.options import Common, common_options, wiki_option
from crawler.cli.report import write_sites
from crawler.cli.reporting import lang_option
from crawler.cli.screen import Screen

_PORT = 8642


class SiteHandler(SimpleHTTPRequestHandler):
    """Gives out files of one folder, and lists none."""

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  the name is the library's
        """Say nothing: a person looks at the page, not at the terminal."""


@click.command(
    epilog="""\b
Examples:
  holdfast serve --open            make the site and show it
  holdfast serve --site public     one that was made before, by report --site
"""
)
@click.option(
    "--site", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR", help="A site made before; else one is made now."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on; others than loopback show the report to the network."
)
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 chooses a free one.")
@click.option("--open", "shown", is_flag=True, help="Open it in the browser.")
@lang_option
@wiki_option
@common_options
def command(common: Common, site: Path | None, host: str, port: int, shown: bool, lang: str | None, names: tuple[str, ...]) -> Exit:
    """Show the report as a site, until Ctrl-C. Nothing can be changed through it."""
    screen = Screen(common)
    with TemporaryDirectory(prefix="holdfast-") as folder:
        root = site or Path(folder) / "site"
        if site is None:
            write_sites(common.load().wikis(names), root, lang=lang)
        try:
            server = ThreadingHTTPServer((host, port), partial(SiteHandler, directory=str(root)))
        except OSError as error:
            raise Failure(f"cannot listen on {host}:{port}: {error.strerror}; try another --port") from error
        with server:
            _end_on_signals(server)
            address = f"http://{host}:{server.server_address[1]}/"
            screen.note(f"{address}  (Ctrl-C ends it)")
            if shown:
                webbrowser.open(address)
            server.serve_forever()
    return Exit.OK


def _end_on_signals(server: ThreadingHTTPServer) -> None:
    """End in order on Ctrl-C and SIGTERM, also where whoever started us ignores the former, as a shell's background jobs do."""

    def end(*_: Any) -> None:
        Thread(target=server.shutdown).start()  # it waits for the loop that this very thread runs

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
