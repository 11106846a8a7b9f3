"""Find the days on which URLs were added to a wiki, in one pass of `git log` over its pages."""

from __future__ import annotations

import html
import io
import re
import subprocess
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Timer

from crawler.git.command import LOG_OPTIONS, git_command, git_environment

_TIMEOUT_SECONDS = 120.0  # the lines read by then are used
# Limits the work of comparing lines with URLs to about ten seconds; a usual line needs about 500.
# The unit is a compared character.
_MAX_COMPARED = 10_000_000_000
_URL_END_COST = 100  # the cost of one place where a URL can end, in the same unit
_EARLIEST = date(2001, 1, 1)  # earlier dates come from clocks that were never set
_COMMIT_MARK = "\x01"
_LOG = (
    "log",
    *LOG_OPTIONS,
    "--reverse",
    "--no-merges",
    "--patch",
    "--unified=0",
    "--inter-hunk-context=0",  # context lines would be read as removed ones
    "--no-color",
    "--no-renames",
    "--no-follow",  # with `log.follow`, git ends with an error if there is one pattern
    f"--format={_COMMIT_MARK}%H %as",
)
_URL_START = re.compile(r"https?://", re.IGNORECASE)
# Where a URL may end: in front of these, and at the end of the line.
_URL_END = re.compile(r"(?![\w/%=&?#+~-]|[.,:;!@$'*(][\w/%])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def dates_added(
    folder: Path, urls: Collection[str], suffixes: Iterable[str], *, since: date | None = None
) -> Mapping[str, date]:
    """Return the day on which a commit first added each URL to a page below a folder.

    Args:
        folder: A folder in a repository.
        urls: The URLs to look for.
        suffixes: File name suffixes of pages.
        since: Commits that the branch had before that day are not read; older ones that were
            merged later are. None: the whole history is read.

    Returns:
        Author dates by URL, without URLs that are not committed, or older than the history read
        (`since`, a shallow clone). Empty if git is not installed or there is no repository.
    """
    matcher = _UrlMatcher(urls)
    shallow = _shallow_commits(folder)
    commit_range = _commits_since(folder, since) if since else []
    paths = [f":(glob)**/*{suffix}" for suffix in sorted(set(suffixes))]
    day_by_url: dict[str, date | None] = {}  # None: the day is not known
    for commit in _commits(_lines(folder, [*_LOG, *commit_range, "--", *paths])):
        if matcher.has_reached_limit:
            break
        for url in matcher.find_in(commit.removed):
            # A commit that is not read added it.
            day_by_url.setdefault(url, None)
        for url in matcher.find_in(commit.added):
            day_by_url.setdefault(url, None if commit.name in shallow else commit.day)
    return {url: day for url, day in day_by_url.items() if day and day >= _EARLIEST}


def _commits_since(folder: Path, day: date) -> Sequence[str]:
    """Return the range of commits that came to the branch since a day, for `git log`; [] for all.

    `git log --since` would leave out older commits of a branch that was merged later.
    """
    before = f"--before={day - timedelta(days=1)}T00:00:00Z"  # a day more: clocks differ
    tip = "".join(_lines(folder, ["rev-list", "-1", "--first-parent", before, "HEAD"])).strip()
    return [f"{tip}..HEAD"] if tip else []


@dataclass(slots=True)
class _Commit:
    """A commit, with the lines it added and removed that have a URL."""

    name: str
    day: date | None
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class _UrlMatcher:
    """Finds given URLs in lines of text, until `_MAX_COMPARED` is reached.

    The limit is needed because a page can be written so that searching it takes very long.
    """

    def __init__(self, urls: Collection[str]) -> None:
        self._urls = frozenset(urls)
        self._lengths = frozenset(map(len, urls))
        self._max_length = max(self._lengths, default=0)
        self._remaining = _MAX_COMPARED

    @property
    def has_reached_limit(self) -> bool:
        """True if the limit is reached, so that no more URLs are found."""
        return self._remaining <= 0

    def find_in(self, lines: Iterable[str]) -> set[str]:
        """Return the given URLs that the lines contain, plain or escaped for Markdown or HTML."""
        return {url for line in lines for url in self._find_in_line(line)}

    def _find_in_line(self, line: str) -> Iterator[str]:
        """Yield the given URLs in a line, some perhaps twice."""
        for text in {line, _ESCAPED.sub(r"\1", html.unescape(line))}:
            starts = [match.start() for match in _URL_START.finditer(text)]
            if not starts or self.has_reached_limit:
                continue
            ends = [match.start() for match in _URL_END.finditer(text, starts[0])]
            for start in starts:
                yield from self._find_at(text, start, ends)

    def _find_at(self, text: str, start: int, ends: Sequence[int]) -> Iterator[str]:
        """Yield the given URLs that begin at an index of a text.

        Args:
            text: The text.
            start: The index.
            ends: All indexes at which a URL may end, in order.
        """
        first = bisect_right(ends, start)
        last = bisect_right(ends, start + self._max_length)
        self._remaining -= _URL_END_COST * (last - first + 1)
        for end in ends[first:last]:
            if end - start not in self._lengths:
                continue
            self._remaining -= end - start
            if self.has_reached_limit:
                return
            url = text[start:end]
            if url in self._urls:
                yield url


def _commits(lines: Iterable[str]) -> Iterator[_Commit]:
    """Parse the output of `_LOG` into commits with the changed lines that have a URL."""
    commit: _Commit | None = None
    in_file = False
    for line in lines:
        if line.startswith(_COMMIT_MARK):
            if commit:
                yield commit
            name, _, day = line[1:].strip().partition(" ")
            commit, in_file = _Commit(name, _parse_day(day)), False
        elif line.startswith("diff --git "):
            in_file = False
        elif line.startswith("@@"):
            in_file = True
        elif commit and in_file and "://" in line:
            changed = commit.added if line.startswith("+") else commit.removed
            changed.append(line[1:])
    if commit:
        yield commit


def _parse_day(text: str) -> date | None:
    """Return the day of a text such as 2026-03-02; None if it is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _lines(folder: Path, arguments: Sequence[str]) -> Iterator[str]:
    """Yield the lines that git prints; none if git is not installed or fails."""
    try:
        git = subprocess.Popen(  # noqa: S603
            git_command(folder, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=git_environment(),
        )
    except OSError:
        return
    timeout = Timer(_TIMEOUT_SECONDS, git.kill)
    timeout.daemon = True
    timeout.start()
    try:
        with (
            git,
            io.TextIOWrapper(
                git.stdout or io.BytesIO(), encoding="utf-8", errors="replace", newline="\n"
            ) as output,
        ):
            yield from output  # newline="\n": control characters in a page end no line
    finally:
        timeout.cancel()


def _shallow_commits(folder: Path) -> Collection[str]:
    """Return the first commits of a shallow clone; their diffs add every line of the files."""
    path = "".join(_lines(folder, ["rev-parse", "--git-path", "shallow"])).strip()
    try:
        return frozenset((folder / path).read_text(encoding="ascii").split()) if path else ()
    except (OSError, ValueError):
        return ()
