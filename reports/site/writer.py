"""Writes the site, whole: the one that stands there is replaced when the new one is complete."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from reports import labels
from reports.descriptions import link_title
from reports.formats.html.report import template_environment, render_page
from reports.i18n import Lang, Translator, translator_for
from reports.model import Finding, Report
from reports.site.paths import host_page_path, link_page_path, wiki_page_path
from reports.time_format import TimeFormatter
from store.queries.link_history import RecentHistory
from store.vocabulary import Role, State

_MARK = ".holdfast-site"
_AT_ONCE = 500  # links whose past is read with one query
_TROUBLE = (State.BROKEN, State.SUSPECT)


class SiteFolderError(ValueError):
    """The folder holds something else; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class LinkEntry:
    """A link on the page of its host or of a wiki page: no more than is shown there."""

    page: str  # of the link, on the site
    name: str
    url: str
    is_mirror: bool
    state: State
    why: str
    line: int = 0


@dataclass(slots=True)
class LinkGroup:
    """The links of a host or a wiki page."""

    name: str
    page: str
    entries: list[LinkEntry] = field(default_factory=list)
    states: Counter[State] = field(default_factory=Counter)

    def add(self, row: LinkEntry) -> None:
        self.entries.append(row)
        self.states[row.state] += 1

    @property
    def failing(self) -> int:
        return sum(self.states[state] for state in _TROUBLE)


def write_site(report: Report, folder: Path) -> int:
    """Write the site into a folder of its own; give the number of link pages. Raises `NotASite` and OSError.

    What stands in the folder is replaced only if it was written here before.
    """
    if folder.exists() and not _is_ours(folder):
        raise SiteFolderError(
            f"{folder} holds something else: name a new folder for the site, or an empty one"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        new, old = Path(beside) / "new", Path(beside) / "old"
        new.mkdir(mode=0o755)
        (new / _MARK).touch()
        count = _Site(report, new).write()
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    return count


def write_wikis(names: Sequence[str], folder: Path, lang: Lang) -> Path:
    """Write the page that leads to the sites of several wikis, each in a folder of its name; give its path."""
    page = (
        template_environment()
        .get_template("site/wikis.html")
        .render(words=translator_for(lang), names=names, up="")
    )
    _write_style(folder)
    (folder / "index.html").write_text(page, "utf-8", errors="replace")
    return folder / "index.html"


def _write_style(folder: Path) -> None:
    sheets = (
        files("reports").joinpath("templates", name).read_text("utf-8")
        for name in ("report.css", "site/site.css")
    )
    (folder / "style.css").write_text("".join(sheets), "utf-8")


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and ((folder / _MARK).exists() or not any(folder.iterdir()))


class _Site:
    """One site being written."""

    def __init__(self, report: Report, folder: Path) -> None:
        self._report, self._folder = report, folder
        self._words: Translator = translator_for(report.lang)
        self._shown = {
            "report": report,
            "words": self._words,
            "clock": TimeFormatter(report.zone, self._words),
        }
        self._hosts: dict[str, LinkGroup] = {}
        self._pages: dict[str, LinkGroup] = {}

    def write(self) -> int:
        _write_style(self._folder)
        count = sum(self._write_link(finding, past) for finding, past in self._with_pasts())
        for groups, template in ((self._hosts, "host.html"), (self._pages, "page.html")):
            for group in groups.values():
                self._fill(group.page, template, group=group)
        for name, groups in (("hosts.html", self._hosts), ("pages.html", self._pages)):
            worst = sorted(
                groups.values(), key=lambda group: (-group.failing, -len(group.entries), group.name)
            )
            self._fill(name, "groups.html", groups=worst, is_hosts=groups is self._hosts)
        self._write_index()
        return count

    def _with_pasts(self) -> Iterator[tuple[Finding, RecentHistory]]:
        rest = iter(self._report.findings)
        while batch := list(islice(rest, _AT_ONCE)):
            pasts: Mapping[int, RecentHistory] = self._report.full_histories(
                [finding.link.id for finding in batch]
            )
            for finding in batch:
                yield finding, pasts.get(finding.link.id, RecentHistory())

    def _write_link(self, finding: Finding, past: RecentHistory) -> int:
        link = finding.link
        page, why = link_page_path(link.id), self._why(finding)
        row = partial(
            LinkEntry,
            page,
            link_title(link),
            link.url,
            link.role is Role.MIRROR,
            link.tracked_state.state,
            why,
        )
        self._group(self._hosts, link.host, host_page_path).add(row())
        for place in link.citations:
            self._group(self._pages, place.page, wiki_page_path).add(row(place.line))
        self._fill(
            page,
            "link.html",
            finding=finding,
            past=past,
            host=self._hosts[link.host],
            pages=self._pages,
        )
        return 1

    def _why(self, finding: Finding) -> str:
        return self._words(labels.reason_label(finding.link.tracked_state))

    @staticmethod
    def _group(groups: dict[str, LinkGroup], name: str, address: Any) -> LinkGroup:
        if name not in groups:
            groups[name] = LinkGroup(name, address(name))
        return groups[name]

    def _fill(self, page: str, template: str, **values: object) -> None:
        """Write one page. `up` leads from it to the site's root."""
        path = self._folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (
            template_environment()
            .get_template(f"site/{template}")
            .render(self._shown, up="../" * page.count("/"), **values)
        )
        path.write_text(text, "utf-8", errors="replace")

    def _write_index(self) -> None:
        data = self._folder / "data"
        data.mkdir()
        index, rows = render_page(self._report, rows_at="data/links.json")
        (self._folder / "index.html").write_text("".join(index), "utf-8", errors="replace")
        with (data / "links.json").open("w", encoding="utf-8", errors="replace") as file:
            file.write("[")
            file.writelines(rows)
            file.write("]")
