"""Define the records of the configuration, section by section.

The network, archives, hosts, notifications, and moves and drift have modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

import msgspec
import msgspec.structs

from crawler.config.archives import ArchivesConfig
from crawler.config.fix import FixConfig
from crawler.config.hosts import HostRules
from crawler.config.moves_drift import DriftConfig, MovesConfig
from crawler.config.network import NetworkConfig
from crawler.config.notifications import NotifyConfig
from crawler.config.value_checks import MAX_DAYS, check_site_url, check_suffixes
from store.vocabulary import HistoryPolicy

# crawler.pages.Dialect and Generator, which take long to import
DialectName = Literal["mkdocs", "commonmark", "gfm", "obsidian", "wikijs"]
GeneratorName = Literal[
    "mkdocs",
    "hugo",
    "jekyll",
    "docusaurus",
    "astro",
    "zola",
    "hexo",
    "grav",
    "obsidian",
    "logseq",
    "dendron",
    "github",
    "wikijs",
    "folder",
]
LangName = Literal["en", "zh"]


class HistoryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[history]`: when a failing link is broken, and how long probes are kept."""

    # Number of failed probes in a row before a link is broken
    confirm_failures: int = 3
    # Minimum number of days between the first and the last of these probes
    confirm_days: float = 6
    # Minimum number of days for definite errors (not-found, gone, domain-not-found); unset:
    # confirm_days
    confirm_days_definite: float | None = None
    # Days until raw probes are deleted; the history of each link's states is never deleted
    keep_probes_days: int = 400

    def __post_init__(self) -> None:
        definite = self.confirm_days_definite or 0
        if self.confirm_failures < 1 or self.keep_probes_days < 1 or self.confirm_days < 0:
            raise ValueError(
                "confirm_failures and keep_probes_days must be at least 1, confirm_days at least 0"
            )
        if definite < 0:
            raise ValueError("confirm_days_definite must be at least 0")
        if max(self.confirm_days, self.keep_probes_days, definite) > MAX_DAYS:
            raise ValueError(f"confirm_days and keep_probes_days must be at most {MAX_DAYS:,} days")

    @property
    def policy(self) -> HistoryPolicy:
        """Return the settings as the record that the state machine (`store`) takes."""
        days, definite = self.confirm_days, self.confirm_days_definite
        return HistoryPolicy(
            confirm_failures=self.confirm_failures,
            confirm_span=timedelta(days=days),
            confirm_span_definite=timedelta(days=days if definite is None else definite),
        )


class ReportConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[report]`."""

    # Folder `holdfast run` writes its reports to; unset: .holdfast/
    output: str = ""
    # Address of a page's source, e.g. "https://git.example/wiki/blob/main/{path}#L{line}"; unset:
    # from the git remote
    source_url: str = ""
    # File with failing links that are known and accepted (`holdfast ack`); unset:
    # .holdfast-ack.toml beside the configuration
    acknowledged: str = ""
    # Address of Holdfast's documentation site, where reports link to what a reason means; "" for
    # none; unset: the address that the installed package names, if any
    docs_url: str | None = None
    # Language of reports and notifications for people; unset: the locale's, which cron jobs
    # mostly do not have
    lang: LangName | None = None

    def __post_init__(self) -> None:
        if self.docs_url and not re.match(r"https?://[^/]", self.docs_url):
            raise ValueError("docs_url must be an address of the web, such as https://docs.example")
        if not self.source_url:
            return
        if not re.match(r"https?://[^/]", self.source_url) or "{path}" not in self.source_url:
            raise ValueError(
                "source_url must be an address that contains {path}, and {line} for the line"
            )


class WikiConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[wikis.NAME]`: one of several wikis.

    A key that is left out has the value it has outside the table.
    """

    # Pages of this wiki: folders, files, globs, or the address of a published site
    pages: tuple[str, ...]
    # Overrides `docs_root` for this wiki
    docs_root: str | None = None
    # Overrides `site_url` for this wiki
    site_url: str | None = None
    # Overrides `ignore` for this wiki
    ignore: tuple[str, ...] | None = None
    # Overrides `dialect` for this wiki
    dialect: DialectName | None = None
    # Overrides `formats` for this wiki
    formats: dict[str, str] | None = None
    # Overrides `generator` for this wiki
    generator: GeneratorName | None = None
    # Overrides `report.source_url` for this wiki
    source_url: str | None = None
    # Folder of this wiki's reports; unset: a folder with its name in the folder of all reports
    output: str = ""

    def __post_init__(self) -> None:
        if not self.pages:
            raise ValueError(
                "pages is empty: name at least one file, folder, glob or published site"
            )
        check_suffixes(self.formats or {})
        check_site_url(self.site_url or "")
        if self.source_url is not None:
            ReportConfig(source_url=self.source_url)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of one wiki.

    `hosts` maps patterns of host names to overrides of the rules; use `rules_for`.
    """

    # Pages to read: folders, files, globs, or the address of a published site; unset: the folder
    # of the configuration file
    pages: tuple[str, ...] = ()
    # Folder that root-relative links start from; unset: read from mkdocs.yml and similar files
    docs_root: str = ""
    # Address at which the pages are published, e.g. "https://wiki.example/docs/": links to it get
    # no archive copy when they fail; unset: only what the generator's settings and git tell
    site_url: str = ""
    # Patterns of pages to ignore, in .gitignore syntax
    ignore: tuple[str, ...] = ()
    # Markdown dialect; "commonmark" treats indented text and raw HTML as CommonMark does, "gfm"
    # also links a bare www.host.org as GitHub does, "obsidian" has comments (%%...%%), "wikijs" is
    # "gfm" with sizes of images (=100x50); unset: that of the generator
    dialect: DialectName = "mkdocs"
    # Suffix of files -> format in which they are read, such as ".txt" = "markdown"; "skip" leaves
    # them out
    formats: dict[str, str] = {}
    # What publishes the pages, which decides where links within the wiki lead; unset: detected
    generator: GeneratorName | None = None
    # Name of this wiki, shown in reports
    wiki: str = ""
    # Several wikis, each with its own pages
    wikis: dict[str, WikiConfig] = {}
    # Database URL; unset: SQLite in .holdfast/; also --db, HOLDFAST_DB
    db: str = ""
    # Seconds that a job waits, in total, for a database that is unreachable, locked or full, and
    # that any command waits for a PostgreSQL server that is frozen
    db_wait: float = 120
    network: NetworkConfig = NetworkConfig()
    # Regular expressions; only links that match one are requested
    include: tuple[str, ...] = ()
    # Regular expressions of links that are never requested
    exclude: tuple[str, ...] = ()
    # Regular expression -> error statuses that count as served for the links that match
    accept: dict[str, tuple[int, ...]] = {}
    # Regular expression -> replacement for what it matches in the URL requested; the first match
    # is used
    remap: dict[str, str] = {}
    hosts: dict[str, dict[str, Any]] = {}
    archives: ArchivesConfig = ArchivesConfig()
    history: HistoryConfig = HistoryConfig()
    moves: MovesConfig = MovesConfig()
    drift: DriftConfig = DriftConfig()
    fix: FixConfig = FixConfig()
    report: ReportConfig = ReportConfig()
    notify: NotifyConfig = NotifyConfig()

    def __post_init__(self) -> None:
        check_suffixes(self.formats)
        check_site_url(self.site_url)
        if self.db_wait < 0:
            raise ValueError("db_wait must be at least 0 seconds")
        for pattern in self.hosts:
            self.rules_for(pattern)  # raises an error for an invalid rule

    def for_wiki(self, name: str) -> Self:
        """Return the configuration of one of several wikis, as if it were the only one.

        >>> book = WikiConfig(pages=("book",), docs_root="book")
        >>> config = Config(docs_root="docs", ignore=("drafts",), wikis={"book": book})
        >>> one = config.for_wiki("book")
        >>> one.wiki, one.pages, one.docs_root, one.ignore
        ('book', ('book',), 'book', ('drafts',))
        """
        wiki = self.wikis[name]
        overridden = {}
        for key in ("docs_root", "site_url", "ignore", "dialect", "formats", "generator"):
            override = getattr(wiki, key)
            overridden[key] = getattr(self, key) if override is None else override
        source_url = self.report.source_url if wiki.source_url is None else wiki.source_url
        output = wiki.output or f"{self.report.output or '.holdfast'}/{name}"
        return msgspec.structs.replace(
            self,
            wiki=name,
            wikis={},
            pages=wiki.pages,
            report=msgspec.structs.replace(self.report, output=output, source_url=source_url),
            **overridden,
        )

    def rules_for(self, host: str, built_in: Mapping[str, Any] = {}) -> HostRules:
        """Return the merged rules of every pattern that matches a host; narrower patterns win.

        Args:
            host: The host's name.
            built_in: Holdfast's own rules for this host. They win over the pattern `*`, and any
                other pattern wins over them.

        >>> config = Config(hosts={"*": {"interval": 2}, "*.example": {"concurrency": 1}})
        >>> config.rules_for("www.example").interval, config.rules_for("www.example").concurrency
        (2.0, 1)
        >>> rules = config.rules_for("www.example", {"interval": 10, "concurrency": 3})
        >>> rules.interval, rules.concurrency
        (10.0, 1)
        """
        merged = {**self.hosts.get("*", {}), **built_in}
        for pattern in reversed(narrowest_first(self.hosts)):
            if pattern != "*" and fnmatchcase(host, pattern):
                merged |= self.hosts[pattern]
        return msgspec.convert(merged, HostRules)


def narrowest_first(patterns: Iterable[str]) -> Sequence[str]:
    """Return patterns of host names, the narrowest (with the most literal characters) first.

    >>> narrowest_first(["*", "*.example", "www.example"])
    ['www.example', '*.example', '*']
    """
    return sorted(
        patterns, key=lambda pattern: (len(pattern.replace("*", "")), pattern), reverse=True
    )
