"""Run `holdfast init`: read the wiki and write a configuration for it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

import click
from msgspec import Struct
from rich.console import Console
from rich.text import Text

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import DEFAULT_LOOKUPS, CommonOptions
from crawler.cli.pages.page_sources import find_sources, show_warning
from crawler.cli.steps.estimate_text import describe_estimate
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.tables import PipedConsole
from crawler.cli.terminal.text_format import format_duration, pluralize
from crawler.config import FILE_NAME, Config, LoadedConfig, working_folder
from crawler.config.model import DialectName
from crawler.config.template import are_examples_cited, render_template
from crawler.files.atomic import replace_file
from crawler.git import source_template
from crawler.http.urls import is_web_url
from crawler.pages.internal_links.sites import Generator
from crawler.politeness.estimate import HostEstimate
from crawler.scan.generators.dialects import DIALECTS
from crawler.scan.generators.nested_sites import NestedSite, nested_sites
from crawler.scan.generators.wiki_root import detect_wiki, dokuwiki_pages, shared_wiki
from crawler.scan.survey import Survey, survey_pages
from reports.wording.sanitize import plain

_MAX_EXAMPLES = 3
_SLOW = timedelta(seconds=10)  # hosts that take less are not listed
_WITHOUT_GENERATOR = frozenset([Generator.GITHUB, Generator.FOLDER])
_TITLES = {
    Generator.MKDOCS: "MkDocs wiki",
    Generator.HUGO: "Hugo wiki",
    Generator.JEKYLL: "Jekyll wiki",
    Generator.DOCUSAURUS: "Docusaurus wiki",
    Generator.ASTRO: "Astro wiki",
    Generator.ZOLA: "Zola wiki",
    Generator.HEXO: "Hexo wiki",
    Generator.GRAV: "Grav wiki",
    Generator.OBSIDIAN: "Obsidian wiki",
    Generator.LOGSEQ: "Logseq graph",
    Generator.DENDRON: "Dendron workspace",
    Generator.GITHUB: "repository",
    Generator.WIKIJS: "Wiki.js wiki",
    Generator.FOLDER: "folder of pages",
}


class _DetectedWiki(Struct, frozen=True):
    """The wiki that was found in the folder of the configuration.

    Attributes:
        folder: The folder of the configuration.
        kind: The generator, or `GITHUB` or `FOLDER` for a wiki without one.
        root: The folder that root-relative links start from.
        pages: The files, folders and globs of the pages, relative to `folder`.
        nested: Sites in folders of a wiki without a generator of its own.
        formats: The formats of files whose suffix does not tell it, by suffix.
    """

    folder: Path
    kind: Generator
    root: Path
    pages: Sequence[str]
    nested: Sequence[NestedSite]
    formats: Mapping[str, str]

    @property
    def is_one_site(self) -> bool:
        """True if one generator publishes all pages.

        Only then are generator and docs_root written, because they apply to all pages. Otherwise
        every run detects the generator of each folder.
        """
        has_generator = self.kind not in _WITHOUT_GENERATOR
        return has_generator and all(
            (self.folder / page).is_relative_to(self.root) for page in self.pages
        )

    @property
    def dialect(self) -> str:
        """The Markdown dialect that all generators of the wiki share; "" if none is known."""
        dialects = {site.dialect for site in self.nested}
        if self.kind is Generator.FOLDER and len(dialects) == 1:
            return dialects.pop()
        return DIALECTS.get(self.kind, "")

    @property
    def title(self) -> str:
        """A title such as "MkDocs wiki" or "repository with 2 sites (Hugo in docs, ...)"."""
        title = "DokuWiki" if self.formats else _TITLES[self.kind]
        if not self.nested:
            return title
        if len(self.nested) == 1 and self.nested[0].pages == self.folder:
            return f"{self.nested[0].title} wiki"
        names = [
            f"{site.title} in {_relative(site.pages, self.folder)}"
            for site in self.nested[:_MAX_EXAMPLES]
        ]
        more = len(self.nested) - _MAX_EXAMPLES
        if more > 0:
            names.append(f"{more:,} more")
        return f"{title} with {pluralize(len(self.nested), 'site')} ({', '.join(names)})"


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
    if any(is_web_url(page) for page in pages):
        raise CommandFailed(
            f"init reads files, not sites: name a folder, or write the URL as pages in {FILE_NAME}"
        )
    terminal = TerminalOutput(common)
    wiki = _detect_wiki_and_pages((working_folder() / file.parent).resolve(), pages)
    loaded, survey = _survey(wiki)
    if not survey.pages and not pages and wiki.root != wiki.folder:
        # A build may fill the generator's folder, for instance with a copy of the README.
        wiki = _without_generator(wiki.folder)
        loaded, survey = _survey(wiki)
    for warning in survey.warnings:
        show_warning(terminal, warning)
    if not survey.pages:
        raise CommandFailed(
            "no readable page here: name the folder of the pages, holdfast init FOLDER"
        )
    text = render_template(
        pages=wiki.pages,
        docs_root=_relative(wiki.root, wiki.folder) if wiki.is_one_site else "",
        generator=wiki.kind if wiki.is_one_site else "",
        dialect=wiki.dialect,
        contact=contact,
        source_url=source_template(wiki.folder),
        excludes_examples=are_examples_cited(survey.hosts),
        formats=wiki.formats,
    )
    if not dry_run:
        _write_file(file, text)  # before anything is printed, as a closed pipe ends the command
    if not terminal.quiet:
        console = PipedConsole(highlight=False, soft_wrap=True, stderr=dry_run)
        _show_survey(console, wiki.title, survey, loaded)
    if dry_run:
        click.echo(text, nl=False)
        return ExitCode.OK
    terminal.note(f"{file} written; next steps: holdfast doctor, then holdfast run")
    return ExitCode.OK


def _write_file(file: Path, text: str) -> None:
    """Write the configuration. Raises CommandFailed if that is not possible."""
    try:
        with replace_file(file) as stream:
            stream.write(text.encode())
    except OSError as error:
        raise CommandFailed(
            f"cannot write {file}: {error.strerror}: use --config to write another file",
            ExitCode.FAILED,
        ) from error


def _detect_wiki_and_pages(folder: Path, pages: Sequence[str]) -> _DetectedWiki:
    """Return the wiki of a folder.

    Args:
        folder: The folder of the configuration.
        pages: Pages named on the command line; empty for those that the wiki's own files name.
    """
    if doku := dokuwiki_pages(folder):
        paths = [_relative(Path(page).resolve(), folder) for page in pages or [str(doku)]]
        return _DetectedWiki(folder, Generator.FOLDER, doku, paths, [], {".txt": "dokuwiki"})
    kind, root = detect_wiki(folder)
    paths = [_relative(Path(page).resolve(), folder) for page in pages or [str(root)]]
    if shared := shared_wiki(folder, paths):
        kind, root = shared
    nested = nested_sites(folder) if kind in _WITHOUT_GENERATOR and not pages else []
    return _DetectedWiki(folder, kind, root, paths, nested, {})


def _without_generator(folder: Path) -> _DetectedWiki:
    """Return a folder as a wiki whose pages no generator of its own publishes."""
    kind = Generator.GITHUB if (folder / ".github").is_dir() else Generator.FOLDER
    return _DetectedWiki(folder, kind, folder, ["."], nested_sites(folder), {})


def _survey(wiki: _DetectedWiki) -> tuple[LoadedConfig, Survey]:
    """Return the configuration that a wiki gets, and the survey of its pages."""
    dialect = cast("DialectName", wiki.dialect or Config().dialect)
    config = Config(pages=tuple(wiki.pages), dialect=dialect, formats=dict(wiki.formats))
    loaded = LoadedConfig(config, wiki.folder, None)
    return loaded, survey_pages(find_sources(loaded, ()), dialect=dialect)


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
        suffix = "; slowest hosts:" if slow else ""
        console.print(f"first run: {describe_estimate(estimate)}{suffix}")
    for host in slow:
        console.print("  " + plain(_describe_host(host, survey)))
    _suggest_ignored_folders(console, survey)
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


def _suggest_ignored_folders(console: Console, survey: Survey) -> None:
    """Print how to leave out folders of test data, if most citations are on their pages."""
    in_tests = survey.test_folders.total()
    if 2 * in_tests <= survey.citations:
        return
    shown = [f"{folder}/" for folder, _ in survey.test_folders.most_common(_MAX_EXAMPLES)]
    console.print(
        plain(
            f"test data: {in_tests:,} of {pluralize(survey.citations, 'citation')} are in "
            f"{', '.join(shown)}; if their links are invented, "
            f"set ignore = {json.dumps(shown, ensure_ascii=False)}"
        )
    )


def _describe_services(survey: Survey) -> str:
    """Return the archives with the most copies and their numbers, in brackets; "" for none."""
    largest = survey.services.most_common(_MAX_EXAMPLES)
    if not largest:
        return ""
    services = ", ".join(f"{service} {count:,}" for service, count in largest)
    return f" ({services})"


def _describe_host(host: HostEstimate, survey: Survey) -> str:
    """Return a line about one host, with the number of runs if it needs several."""
    # The host's estimate is for one run, which may be limited to a part of its links.
    runs = math.ceil(survey.hosts[host.name] / host.links)
    in_runs = f", in each of {runs} runs" if runs > 1 else ""
    probes = pluralize(host.links, "probe")
    return f"{host.name}: {probes}, {format_duration(host.duration)}{in_runs}"


def _relative(path: Path, folder: Path) -> str:
    """Return a path relative to a folder, with slashes; it may begin with `..`."""
    return Path(os.path.relpath(path, folder)).as_posix()
