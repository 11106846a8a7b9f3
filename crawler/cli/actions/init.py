"""Run `holdfast init`: read the wiki and write a configuration for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

import click
from rich.console import Console
from rich.text import Text

from crawler.cli.console import TerminalOutput
from crawler.cli.estimate_text import describe_estimate
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import DEFAULT_LOOKUPS, CommonOptions
from crawler.cli.page_sources import find_sources, show_warning
from crawler.cli.tables import PipedConsole
from crawler.cli.text_format import format_duration, pluralize
from crawler.config import FILE_NAME, Config, LoadedConfig
from crawler.config.model import DialectName
from crawler.config.template import are_examples_cited, render_template
from crawler.files.atomic import replace_file
from crawler.git import source_template
from crawler.http.urls import is_external
from crawler.pages.sites import Generator
from crawler.politeness.estimate import HostEstimate
from crawler.scan.dialects import DIALECTS
from crawler.scan.nested_sites import NestedSite, nested_sites
from crawler.scan.survey import Survey, survey_pages
from crawler.scan.wiki_root import detect_wiki, shared_wiki
from reports.sanitize import plain

_MAX_EXAMPLES = 3
_SLOW = timedelta(seconds=10)  # from which a host is worth a line
_DETECTED = frozenset([Generator.GITHUB, Generator.FOLDER])  # found again at every run
_TITLES = {
    Generator.MKDOCS: "MkDocs wiki",
    Generator.HUGO: "Hugo wiki",
    Generator.JEKYLL: "Jekyll wiki",
    Generator.DOCUSAURUS: "Docusaurus wiki",
    Generator.ASTRO: "Astro wiki",
    Generator.ZOLA: "Zola wiki",
    Generator.OBSIDIAN: "Obsidian wiki",
    Generator.LOGSEQ: "Logseq graph",
    Generator.DENDRON: "Dendron workspace",
    Generator.GITHUB: "repository",
    Generator.WIKIJS: "Wiki.js wiki",
    Generator.FOLDER: "folder of pages",
}


def execute(
    common: CommonOptions, *, pages: tuple[str, ...], contact: str, force: bool, dry_run: bool
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.init`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: The configuration exists, no page was found, or the file cannot be written.
    """
    file = Path(common.config or FILE_NAME)
    if file.exists() and not force and not dry_run:
        raise CommandFailed(f"{file} already exists: edit it, or use --force to overwrite it")
    if any(is_external(page) for page in pages):
        raise CommandFailed(
            f"init reads files, not sites: name a folder, or write the URL as pages in {FILE_NAME}"
        )
    terminal = TerminalOutput(common)
    folder = file.parent.resolve()
    kind, root = detect_wiki(folder)
    named = [_relative(Path(page).resolve(), folder) for page in pages or [str(root)]]
    if wiki := shared_wiki(folder, named):
        kind, root = wiki
    # Fixed for all pages, they would hide the generators of other folders from detection.
    is_fixed = kind not in _DETECTED and all((folder / page).is_relative_to(root) for page in named)
    nested = nested_sites(folder) if kind in _DETECTED and not pages else []
    known_dialect = _dialect_of(kind, nested)
    dialect = cast("DialectName", known_dialect or Config().dialect)
    loaded = LoadedConfig(Config(pages=tuple(named), dialect=dialect), folder, None)
    survey = survey_pages(find_sources(loaded, ()), dialect=dialect)
    for warning in survey.warnings:
        show_warning(terminal, warning)
    if not survey.pages:
        raise CommandFailed(
            "no readable page here: name the folder of the pages, holdfast init FOLDER"
        )
    text = render_template(
        pages=named,
        docs_root=_relative(root, folder) if is_fixed else "",
        generator=kind if is_fixed else "",
        dialect=known_dialect,
        contact=contact,
        source_url=source_template(folder),
        excludes_examples=are_examples_cited(survey.hosts),
    )
    if not dry_run:
        _write_file(file, text)  # first, as a pipe may be closed before all is printed
    if not terminal.quiet:
        console = PipedConsole(highlight=False, soft_wrap=True, stderr=dry_run)
        _show_survey(console, _title_of(kind, nested, folder), survey, loaded)
    if dry_run:
        click.echo(text, nl=False)
        return ExitCode.OK
    terminal.note(f"{file} written; next steps: holdfast doctor, then holdfast run")
    return ExitCode.OK


def _write_file(file: Path, text: str) -> None:
    try:
        with replace_file(file) as stream:
            stream.write(text.encode())
    except OSError as error:
        raise CommandFailed(
            f"cannot write {file}: {error.strerror}: use --config to write another file",
            ExitCode.FAILED,
        ) from error


def _dialect_of(kind: Generator, nested: Sequence[NestedSite]) -> str:
    """Return the Markdown dialect that all generators of a wiki share, "" if none is known."""
    dialects = {site.dialect for site in nested}
    if kind is Generator.FOLDER and len(dialects) == 1:
        return dialects.pop()
    return DIALECTS.get(kind, "")


def _title_of(kind: Generator, nested: Sequence[NestedSite], folder: Path) -> str:
    """Return the name of the kind of wiki that was found, with the sites in its folders."""
    title = _TITLES[kind]
    if not nested:
        return title
    if len(nested) == 1 and nested[0].pages == folder:
        return f"{nested[0].title} wiki"
    names = [f"{site.title} in {_relative(site.pages, folder)}" for site in nested[:_MAX_EXAMPLES]]
    more = len(nested) - _MAX_EXAMPLES
    if more > 0:
        names.append(f"{more:,} more")
    return f"{title} with {pluralize(len(nested), 'site')} ({', '.join(names)})"


def _show_survey(console: Console, title: str, survey: Survey, loaded: LoadedConfig) -> None:
    """Print what was found, and how long a first run will take."""
    header = f"{plain(title)}: {pluralize(survey.pages, 'page')}"
    console.print(Text(header, style="bold"))
    citations = pluralize(survey.citations, "citation")
    links = pluralize(survey.links, "link")
    mirrors = pluralize(survey.services.total(), "archive copy")
    console.print(f"{citations} of {links} and {mirrors}{_describe_services(survey)}")
    estimate = survey.estimate_first_run(loaded, lookups=DEFAULT_LOOKUPS)
    slow = [host for host in estimate.hosts[:_MAX_EXAMPLES] if host.duration >= _SLOW]
    if estimate.hosts:
        listed = "; slowest hosts:" if slow else ""
        console.print(f"first run: {describe_estimate(estimate)}{listed}")
    for host in slow:
        console.print("  " + plain(_describe_host(host, survey)))
    if survey.unmirrored:
        links = pluralize(survey.unmirrored, "link")
        later = max(0, survey.unmirrored - DEFAULT_LOOKUPS)
        in_later_runs = f" ({later:,} are looked up in later runs)" if later else ""
        per_day = loaded.config.archives.wayback.captures_per_day
        console.print(
            f"without an archive copy: {links}{in_later_runs}; "
            "to have the Wayback Machine save living pages, "
            f"set archives.capture = true (at most {per_day:,} a day)"
        )


def _describe_services(survey: Survey) -> str:
    largest = survey.services.most_common(_MAX_EXAMPLES)
    if not largest:
        return ""
    services = ", ".join(f"{service} {count:,}" for service, count in largest)
    return f" ({services})"


def _describe_host(host: HostEstimate, survey: Survey) -> str:
    """Return a line about one host; it says so if the host needs several runs."""
    runs = -(-survey.hosts[host.name] // host.links)
    in_runs = f", in each of {runs} runs" if runs > 1 else ""
    probes = pluralize(host.links, "probe")
    return f"{host.name}: {probes}, {format_duration(host.duration)}{in_runs}"


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()
