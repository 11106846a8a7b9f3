"""`holdfast init`: a configuration from a look at the wiki."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options
from crawler.cli.page_sources import find_sources, show_warning
from crawler.cli.text_format import format_duration, pluralize
from crawler.config import FILE_NAME, Config, LoadedConfig
from crawler.config.template import render_template
from crawler.git import source_template
from crawler.http.urls import is_external
from crawler.politeness.estimate import HostEstimate
from crawler.scan.survey import Survey, survey_pages
from crawler.scan.wiki_root import WikiKind, declared_wiki
from reports.sanitize import plain

_SHOWN = 3


@click.command(
    epilog="""\b
Examples:
  holdfast init                    look at the wiki in this folder, write holdfast.toml
  holdfast init docs               its pages lie below docs/
  holdfast init --dry-run          only look
"""
)
@click.argument("pages", nargs=-1)
@click.option(
    "--contact",
    default="",
    metavar="TEXT",
    help="Whom servers' owners may write to, for the user agent: an address or a URL.",
)
@click.option("--force", is_flag=True, help="Write over a configuration that is already here.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Write nothing: say what was found, and print the configuration.",
)
@common_options
def command(
    common: CommonOptions, pages: tuple[str, ...], contact: str, force: bool, dry_run: bool
) -> ExitCode:
    """Look at the wiki, say what a first run will take, and write a commented configuration.

    PAGES are folders, files or globs; without any, those the wiki's own configuration names, or else this folder. No network is used.
    """
    file = Path(common.config or FILE_NAME)
    if file.exists() and not force and not dry_run:
        raise CommandFailed(
            f"{file} is already here: change it by hand, or write it anew with --force"
        )
    if any(is_external(page) for page in pages):
        raise CommandFailed(
            "init looks at files: name a folder, or set pages to the site's address in holdfast.toml by hand"
        )
    screen = TerminalOutput(common)
    folder = file.parent.resolve()
    kind, root = declared_wiki(folder) or (WikiKind.FOLDER, folder)
    named = [_relative(Path(page).resolve(), folder) for page in pages or [str(root)]]
    loaded = LoadedConfig(Config(pages=tuple(named)), folder, None)
    found = survey_pages(find_sources(loaded, ()))
    for warning in found.warnings:
        show_warning(screen, warning)
    if not found.pages:
        raise CommandFailed(
            "no page could be read here: name the folder of the Markdown pages, holdfast init FOLDER"
        )
    text = render_template(
        pages=named,
        docs_root="" if kind is WikiKind.FOLDER else _relative(root, folder),
        contact=contact,
        source_url=source_template(folder),
    )
    if not screen.quiet:
        _show(Console(highlight=False, soft_wrap=True, stderr=dry_run), kind, found, loaded)
    if dry_run:
        click.echo(text, nl=False)
        return ExitCode.OK
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(
            f"{file} cannot be written: {error.strerror}", ExitCode.FAILED
        ) from error
    screen.note(f"{file} is written; next: holdfast doctor, then holdfast run")
    return ExitCode.OK


def _show(console: Console, kind: WikiKind, found: Survey, loaded: LoadedConfig) -> None:
    """Say what was found, and what a first run will ask whom for, and for how long."""
    wiki = "a folder of pages" if kind is WikiKind.FOLDER else f"a wiki of {kind}"
    console.print(
        Text(
            f"{wiki}, {pluralize(found.pages, 'page')}, in {' and '.join(found.languages) or 'no language that letters tell'}",
            style="bold",
        )
    )
    console.print(
        f"{pluralize(found.citations, 'citation')} of {pluralize(found.links, 'link')}, and {pluralize(found.services.total(), 'mirror')}{_largest(found)}"
    )
    slowest = found.estimate_probes(loaded)
    if slowest:
        console.print(
            f"the first run: {pluralize(found.hosts.total(), 'probe')} on {pluralize(len(found.hosts), 'host')}, "
            f"about {format_duration(slowest[0].duration)} at our pace, most for"
        )
    for host in slowest[:_SHOWN]:
        console.print(
            "  "
            + plain(
                f"{host.name}: {pluralize(host.links, 'probe')}, {format_duration(host.duration)}{_in_parts(host, found)}"
            )
        )
    if found.unmirrored:
        console.print(
            f"without a mirror: {pluralize(found.unmirrored, 'link')}; looking for them takes {format_duration(found.estimate_lookups(loaded))}; "
            f"to have those that live captured, set archives.capture (at most {loaded.config.archives.wayback.captures_per_day:,} a day)"
        )


def _largest(found: Survey) -> str:
    services = ", ".join(
        f"{service} {count:,}" for service, count in found.services.most_common(_SHOWN)
    )
    return f" ({services})" if services else ""


def _in_parts(host: HostEstimate, found: Survey) -> str:
    """Say so where a host is asked in more runs than one."""
    runs = -(-found.hosts[host.name] // host.links)
    return f", and so in each of {runs} runs" if runs > 1 else ""


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()
