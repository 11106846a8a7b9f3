"""`holdfast serve`: show the report as a website in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options, wiki_option
from crawler.cli.report_options import lang_option

_PORT = 8642


@click.command(
    context_settings={"allow_extra_args": True},  # so that the error can name --site
    epilog="""\b
Examples:
  holdfast serve --open            write the site and open it in the browser
  holdfast serve --site public     serve a site written by report --site
""",
)
@click.option(
    "--site",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Serve an existing site (default: write a new one).",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Others than loopback show the report to the network.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Port to listen on; 0 to choose a free one.",
)
@click.option(
    "--allow-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME[:PORT]",
    help="Also accept requests for this host name. May be repeated. "
    "Accepted without it: localhost, loopback addresses and --host.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the site in the browser.")
@lang_option
@wiki_option
@common_options
@click.pass_context
def command(context: click.Context, /, common: CommonOptions, **options: Any) -> ExitCode:
    """Serve the report as a website until Ctrl-C. It is read-only.

    Requests for other host names are refused, so that no website can read the report through a
    browser (DNS rebinding).
    """
    if context.args:
        extra = context.args[0]
        raise click.UsageError(
            f"unexpected argument {extra!r}: to serve a site, use --site {extra}"
        )
    from crawler.cli.actions.serve import execute

    return execute(common, **options)
