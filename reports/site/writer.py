"""Write a report as a site.

An earlier site in the folder is replaced once the new one is complete.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path

from reports.findings.descriptions import link_title
from reports.findings.histories import with_histories
from reports.formats.html.report import render_page
from reports.formats.html.template_environment import template_environment
from reports.i18n import Lang, Translator, translator_for
from reports.model import Finding, Report
from reports.site.link_groups import LinkEntry, LinkGroup, ListedLink, get_or_add_group
from reports.site.paths import host_page_path, link_page_path, wiki_page_path
from reports.wording import labels
from reports.wording.explanation_text import explanation_url
from reports.wording.time_format import TimeFormatter
from store.queries.link_history import RecentHistory
from store.vocabulary import Role

_MARKER_FILE = ".holdfast-site"
_BATCH = 500  # links whose history is read with one query


class SiteFolderError(ValueError):
    """The folder has content other than a site. The message is for the user."""


def write_site(report: Report, folder: Path) -> int:
    """Write a site into a folder of its own, replacing the site that is there.

    Args:
        report: What to write.
        folder: An earlier site, an empty folder, or one that does not exist.

    Returns:
        The number of link pages.

    Raises:
        SiteFolderError: The folder has other content.
        OSError: The site cannot be written.
    """
    if folder.exists() and not _may_replace(folder):
        raise SiteFolderError(f"{folder} is not a site of Holdfast: use a new or an empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}."
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as temporary:
        new, old = Path(temporary) / "new", Path(temporary) / "old"
        new.mkdir(mode=0o755)
        (new / _MARKER_FILE).touch()
        count = _SiteWriter(report, new).write()
        _replace_folder(folder, new, old)
    return count


def _replace_folder(folder: Path, new: Path, old: Path) -> None:
    """Rename a folder to `old` if it exists, and `new` to its name; undo the first on failure.

    Raises:
        OSError: One of them cannot be renamed.
    """
    existed = folder.exists()
    if existed:
        folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        # `old` is in the temporary folder, which is deleted next.
        if existed:
            old.rename(folder)
        raise


def write_wiki_index(names: Sequence[str], folder: Path, lang: Lang) -> Path:
    """Write an index of the sites of several wikis.

    Args:
        names: The wikis; the site of each is in a subfolder of its name.
        folder: Where to write it.
        lang: Its language.

    Returns:
        The path of the index.

    Raises:
        OSError: The index cannot be written.
    """
    template = template_environment().get_template("site/wikis.html")
    text = template.render(translate=translator_for(lang), names=names, up="")
    _write_style(folder)
    (folder / "index.html").write_text(text, "utf-8", errors="replace")
    return folder / "index.html"


def _write_style(folder: Path) -> None:
    templates = files("reports").joinpath("templates")
    sheets = [
        templates.joinpath(name).read_text("utf-8") for name in ("report.css", "site/site.css")
    ]
    (folder / "style.css").write_text("".join(sheets), "utf-8")


def _may_replace(folder: Path) -> bool:
    return folder.is_dir() and ((folder / _MARKER_FILE).exists() or not any(folder.iterdir()))


class _SiteWriter:
    """Writes the pages of one site."""

    def __init__(self, report: Report, folder: Path) -> None:
        self._report, self._folder = report, folder
        self._translate: Translator = translator_for(report.lang)
        self._context = {
            "report": report,
            "translate": self._translate,
            "format_time": TimeFormatter(self._translate),
            "explained_at": partial(explanation_url, report.docs_url),
        }
        self._hosts: dict[str, LinkGroup] = {}
        self._wiki_pages: dict[str, LinkGroup] = {}
        self._titles = report.page_titles()
        self._link_pages: dict[str, str] = {}  # paths of the pages of links, by URL

    def write(self) -> int:
        """Write all pages, and return the number of link pages."""
        _write_style(self._folder)
        count, mirrors = 0, list[tuple[str, ListedLink]]()  # mirrors with their originals
        histories = self._report.full_histories
        for finding, history in with_histories(self._report.findings, histories, batch_size=_BATCH):
            if finding.link.role is Role.MIRROR and finding.link.original is not None:
                mirrors.append((finding.link.original, self._list_entry(finding, "")))
                continue
            self._write_link(finding, history)
            count += 1
        # Mirrors are listed last, when the paths of their originals' pages are known.
        for original, listed in mirrors:
            path = self._link_pages.get(original, "")
            self._add_to_groups(replace(listed, entry=replace(listed.entry, path=path)))
        self._write_groups(self._hosts, template="host.html", index="hosts.html")
        self._write_groups(self._wiki_pages, template="page.html", index="pages.html")
        self._write_index()
        return count

    def _write_link(self, finding: Finding, history: RecentHistory) -> None:
        link = finding.link
        path = link_page_path(link.host, link.id)
        if link.role is Role.LINK:
            self._link_pages[link.url] = path
        self._add_to_groups(self._list_entry(finding, path))
        self._write_page(
            path,
            "link.html",
            current_index="",
            finding=finding,
            history=history,
            host=self._hosts[link.host],
            pages=self._wiki_pages,
        )

    def _list_entry(self, finding: Finding, path: str) -> ListedLink:
        """Return a link as it is listed. `path` is the path of its page, empty if it has none."""
        link = finding.link
        entry = LinkEntry(
            path=path,
            title=link_title(link),
            url=link.url,
            is_mirror=link.role is Role.MIRROR,
            state=link.tracked_state.state,
            reason=self._translate(labels.reason_label(link.tracked_state)),
        )
        places = [(place.page, place.line) for place in link.citations]
        return ListedLink(entry, link.host, places)

    def _add_to_groups(self, listed: ListedLink) -> None:
        """Add a link to the pages of its host and of the wiki pages that cite it."""
        get_or_add_group(self._hosts, listed.host, host_page_path).add(listed.entry)
        for page, line in listed.places:
            group = get_or_add_group(self._wiki_pages, page, wiki_page_path)
            group.title = self._titles.get(page, "")
            group.add(replace(listed.entry, line=line))

    def _write_groups(self, groups: dict[str, LinkGroup], *, template: str, index: str) -> None:
        """Write a page for each group, and their index, groups with most failing links first."""
        for group in groups.values():
            self._write_page(group.path, template, current_index=index, group=group)

        def most_failing_first(group: LinkGroup) -> tuple[int, int, str]:
            return -group.failing, -len(group.entries), group.name

        ordered = sorted(groups.values(), key=most_failing_first)
        is_hosts = groups is self._hosts
        self._write_page(
            index, "groups.html", current_index=index, groups=ordered, is_hosts=is_hosts
        )

    def _write_page(self, path: str, template: str, **values: object) -> None:
        """Write one page.

        Its template gets `up`, the relative path to the site's root.

        Args:
            path: Its path on the site.
            template: The name of its template, in `templates/site`.
            **values: Further values for the template. `current_index` is the index that lists the
                page or is the page itself, "" for none; the navigation marks it.
        """
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * path.count("/")
        loaded = template_environment().get_template(f"site/{template}")
        text = loaded.render(self._context, up=up, **values)
        file.write_text(text, "utf-8", errors="replace")

    def _write_index(self) -> None:
        data = self._folder / "data"
        data.mkdir()
        index, rows = render_page(self._report, rows_url="data/links.json")
        (self._folder / "index.html").write_text("".join(index), "utf-8", errors="replace")
        with (data / "links.json").open("w", encoding="utf-8", errors="replace") as file:
            file.write("[")
            file.writelines(rows)
            file.write("]")
