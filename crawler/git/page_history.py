"""When a URL came into a wiki, by the git history of its pages: one pass of `git log` over all of them."""

from __future__ import annotations

import html
import io
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Timer

from crawler.git.subprocess import git_command, git_environment

_SECONDS = 120.0  # what the history told by then counts
_EARLIEST = date(2001, 1, 1)  # earlier dates are those of clocks that were never set
_COMMIT = "\x01"
_LOG = (
    *(
        "log",
        "--reverse",
        "--no-merges",
        "--patch",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
    ),
    f"--format={_COMMIT}%H %as",
)
_URL_START = re.compile(r"https?://", re.IGNORECASE)
_GOES_ON = re.compile(r"[\w/%=&?#+~-]|[.,:;!@$'*(][\w/%]")  # what follows is still part of the URL
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def dates_added(
    folder: Path, urls: Collection[str], suffixes: Iterable[str], *, since: date | None = None
) -> Mapping[str, date]:
    """Map URLs to the day on which a commit first added them to a page below a folder, by its author's date.

    A URL that was there before the history shown begins (a shallow clone's, or what is older than `since`) is left out, as are those that no
    commit has yet, and everything where there is no git, no repository, or no answer.
    """
    wanted = _UrlMatcher(urls)
    begin = _shallow_commits(folder)
    limits = [f"--since={since - timedelta(days=1)}"] if since else []
    paths = [f":(glob)**/*{suffix}" for suffix in sorted(set(suffixes))]
    known: dict[str, date | None] = {}
    for commit in _commits(_lines(folder, [*_LOG, *limits, "--", *paths])):
        removed = wanted.within(commit.removed)
        for url in removed:
            known.setdefault(url, None)  # it was there before
        for url in wanted.within(commit.added):
            known.setdefault(url, None if commit.name in begin else commit.day)
    return {url: day for url, day in known.items() if day and day >= _EARLIEST}


@dataclass(slots=True)
class _Commit:
    name: str
    day: date | None
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class _UrlMatcher:
    """The URLs looked for, and which of them stand in some lines."""

    def __init__(self, urls: Collection[str]) -> None:
        self._urls = frozenset(urls)
        self._lengths = sorted({len(url) for url in urls})

    def within(self, lines: Iterable[str]) -> set[str]:
        return {url for line in lines for url in self._of(line)}

    def _of(self, line: str) -> Iterator[str]:
        for text in {line, _ESCAPED.sub(r"\1", html.unescape(line))}:
            for match in _URL_START.finditer(text):
                start = match.start()
                for length in self._lengths:
                    if (url := text[start : start + length]) in self._urls and not _GOES_ON.match(
                        text, start + length
                    ):
                        yield url


def _commits(lines: Iterable[str]) -> Iterator[_Commit]:
    """Read what `_LOG` prints. Only lines that hold a URL are kept."""
    commit: _Commit | None = None
    in_file = False
    for line in lines:
        if line.startswith(_COMMIT):
            if commit:
                yield commit
            name, _, day = line[1:].strip().partition(" ")
            commit, in_file = _Commit(name, _day(day)), False
        elif line.startswith("diff --git "):
            in_file = False
        elif line.startswith("@@"):
            in_file = True
        elif commit and in_file and "://" in line:
            (commit.added if line.startswith("+") else commit.removed).append(line[1:])
    if commit:
        yield commit


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _lines(folder: Path, arguments: Collection[str]) -> Iterator[str]:
    """What git says in a folder, line by line; nothing where there is no git or it fails."""
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
    limit = Timer(_SECONDS, git.kill)
    limit.daemon = True
    limit.start()
    try:
        with (
            git,
            io.TextIOWrapper(
                git.stdout or io.BytesIO(), encoding="utf-8", errors="replace", newline="\n"
            ) as said,
        ):
            yield from said  # a page's own control characters end no line
    finally:
        limit.cancel()


def _shallow_commits(folder: Path) -> Collection[str]:
    """The commits a shallow clone begins with: they seem to add everything."""
    path = "".join(_lines(folder, ["rev-parse", "--git-path", "shallow"])).strip()
    try:
        return frozenset((folder / path).read_text(encoding="ascii").split()) if path else ()
    except (OSError, ValueError):
        return ()
