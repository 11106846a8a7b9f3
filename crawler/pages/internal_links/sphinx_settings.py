"""Read in the settings of a Sphinx project (`conf.py`) what a build of it publishes.

The settings are Python, and are searched for names but not run. What an extension may do, such as
adding documents, is assumed to happen.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from crawler.pages.internal_links.link_paths import join_path

_MAX_ENTRIES = 50  # of `html_extra_path`, of `html_static_path`, and of `exclude_patterns`
# Calls in `conf.py` that may write pages: `open(…, "w")`, `path.write_text(…)`, commands
_WRITING = (
    r"""["'][wax]b?\+?["']\s*[,)]|\.write_(?:text|bytes)\b"""
    r"|\bsubprocess\b|\bos\.system\b|\bshutil\b"
)
# Extensions that add documents, or take some from other projects.
_ADDING_EXTENSION = re.compile(
    r"autosummary|autoapi|apidoc|gallery|intersphinx|exhale|breathe|ablog|nbsphinx|doxy|generated"
    rf"|def setup\b|external_toc|tags|{_WRITING}"
)
# Extensions that add labels, or take some from other projects.
_ADDING_LABELS = re.compile(
    rf"intersphinx|autodoc|autoapi|doxy|breathe|def setup\b|substitution|{_WRITING}"
)
# Settings that Sphinx's `conf.py` has, and other files of this name have not.
_SETTING = re.compile(r"^(?:extensions|project|html_\w+|master_doc|root_doc)\s*\+?=", re.MULTILINE)
_ADDED_FILES_SETTING = re.compile(r"^[ \t]*html_extra_path\b", re.MULTILINE)
_ADDED_FILES = re.compile(r"^html_(extra|static)_path\s*\+?=\s*[\[(]([^\])]*)[\])]", re.MULTILINE)
_EXCLUDED = re.compile(r"^exclude_patterns\s*\+?=\s*[\[(]([^\])]*)[\])]", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")


@dataclass(frozen=True)
class SphinxProject:
    """A project of Sphinx.

    Attributes:
        folder: The folder of its settings, "" for the top.
        settings: The text of its `conf.py`; None for a Jupyter Book.
    """

    folder: str
    settings: str | None

    @cached_property
    def publishes_pages(self) -> bool:
        """Return whether the settings are those of Sphinx, and not another `conf.py`."""
        return self.settings is None or bool(_SETTING.search(self.settings))

    @cached_property
    def may_add_documents(self) -> bool:
        """Return whether an extension may add documents that no source has."""
        return self.settings is None or bool(_ADDING_EXTENSION.search(self.settings))

    @cached_property
    def may_add_labels(self) -> bool:
        """Return whether an extension may add labels that no source has."""
        return self.settings is None or bool(_ADDING_LABELS.search(self.settings))

    def excludes(self, page: str) -> bool:
        """Return whether the settings may exclude a page, which other pages then include."""
        path = page.removeprefix(f"{self.folder}/")
        return any(_may_match(glob, path) for glob in self._exclusions)

    @cached_property
    def _exclusions(self) -> tuple[str, ...]:
        """Return the globs of excluded files and folders, without those of all or of no names."""
        found = _EXCLUDED.finditer(self.settings or "")
        globs = [glob.strip("/") for each in found for glob in _QUOTED.findall(each[1])]
        return tuple(glob for glob in globs[:_MAX_ENTRIES] if glob.strip("*/."))

    @cached_property
    def extra_paths(self) -> tuple[str, ...] | None:
        """Return the folders and files published at the root; None if they cannot be known."""
        if self.settings is None:
            return None
        found = [each for each in _ADDED_FILES.finditer(self.settings) if each[1] == "extra"]
        if len(found) < len(_ADDED_FILES_SETTING.findall(self.settings)):
            return None
        entries = self._entries["extra"]
        return entries if len(entries) < _MAX_ENTRIES else None

    def sources_of(self, address: str) -> Iterator[str]:
        """Yield the files that the settings may publish under an address.

        A folder's files are published without its name, and a file with its own name.
        """
        for path in self._entries["extra"]:
            yield path if posixpath.basename(path) == address else join_path(path, address)
        if address.startswith("_static/"):
            for path in self._entries["static"]:
                yield join_path(path, address.removeprefix("_static/"))

    @cached_property
    def _entries(self) -> Mapping[str, tuple[str, ...]]:
        """Return the paths in `html_extra_path` (key `extra`) and `html_static_path` (`static`)."""
        entries: dict[str, list[str]] = {"extra": [], "static": []}
        for setting in _ADDED_FILES.finditer(self.settings or ""):
            for path in _QUOTED.findall(setting[2]):
                is_absolute = path.startswith("/")
                entries[setting[1]].append(path if is_absolute else join_path(self.folder, path))
        return {kind: tuple(paths[:_MAX_ENTRIES]) for kind, paths in entries.items()}


def _may_match(glob: str, path: str) -> bool:
    """Return whether a glob of `exclude_patterns` may match a path, or a folder above it.

    The folder of the sources need not be that of the settings, so the glob may begin at any folder
    of the path (https://www.sphinx-doc.org/en/master/usage/configuration.html).

    >>> [_may_match("parts/*", path) for path in ("en/parts/a.rst", "parts", "parted/a.rst")]
    [True, False, False]
    >>> [_may_match("**/parts/a.*", path) for path in ("a/b/parts/a.rst", "parts/b.rst")]
    [True, False]
    """
    parts = path.split("/")[-_MAX_ENTRIES:]
    starts = set(range(len(parts)))
    for part in glob.split("/")[:_MAX_ENTRIES]:
        if part == "**":
            starts = set(range(min(starts), len(parts) + 1))
        else:
            starts = {at + 1 for at in starts if at < len(parts) and fnmatchcase(parts[at], part)}
        if not starts:
            return False
    return True
