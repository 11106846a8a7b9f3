"""What may be set, section by section. Archives and hosts have modules of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Literal, Self

import msgspec
import msgspec.structs

from crawler.config.archives import ArchivesConfig
from crawler.config.hosts import HostRules
from crawler.config.moves_drift import MAX_DAYS, DriftConfig, MovesConfig
from crawler.config.notifications import NotifyConfig
from crawler.config.proxy_address import check_proxy
from store.vocabulary import HistoryPolicy

DialectName = Literal["mkdocs", "commonmark"]  # crawler.pages.Dialect, which takes long to import
LangName = Literal["en", "zh"]


class NetworkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the web is reached."""

    allow: tuple[str, ...] = ()  # address ranges asked although they are private
    contact: str = ""  # an address or URL for the user agent
    proxy: str = ""  # a proxy's URL; unset: that of the environment
    ca_file: str = ""  # certificates in PEM form, trusted beside the system's
    connect_to: dict[
        str, str
    ] = {}  # "host:port" or "*:port" -> "host:port", as curl's --connect-to
    concurrency: int = 128  # hosts asked side by side
    obey_robots: bool = False  # ask no link that its site's robots.txt disallows

    def __post_init__(self) -> None:
        for text in self.allow:
            _network(text)
        for source, target in self.connect_to.items():
            for place in (source, target):
                _, colon, port = place.rpartition(":")
                if (
                    not colon
                    or not port.isascii()
                    or not port.isdigit()
                    or len(port) > 5
                    or not 0 < int(port) < 65536
                ):
                    raise ValueError(
                        f"connect_to {source[:100]!r} = {target[:100]!r}: write both as host:port"
                    )
        if self.concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        if re.search(r"[\x00-\x1f]", self.contact):
            raise ValueError("contact is an address or a URL on one line")
        if self.proxy:
            check_proxy(self.proxy)

    @property
    def user_agent(self) -> str:
        """Who asks, and where to complain. Without the word "link", which some servers' rules refuse.

        >>> NetworkConfig(contact="mailto:wiki@example.org").user_agent.split("(")[1]
        '+mailto:wiki@example.org)'
        """
        from importlib.metadata import version  # noqa: PLC0415  of no use to commands that ask nobody

        return f"Holdfast/{version('holdfast')} ({'+' + self.contact if self.contact else 'citation preservation'})"

    @property
    def allowed_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(_network(text) for text in self.allow)


class HistoryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a failing link counts as broken, and how long raw probes are kept."""

    confirm_failures: int = 3  # failed probes in a row before a link is broken
    confirm_days: float = 6  # days they must span
    keep_probes_days: int = 400  # how long raw probes are kept; spans are kept for ever

    def __post_init__(self) -> None:
        if self.confirm_failures < 1 or self.confirm_days < 0 or self.keep_probes_days < 1:
            raise ValueError(
                "confirm_failures and keep_probes_days are at least 1, confirm_days at least 0"
            )
        if max(self.confirm_days, self.keep_probes_days) > MAX_DAYS:
            raise ValueError(f"confirm_days and keep_probes_days are at most {MAX_DAYS:,} days")

    @property
    def policy(self) -> HistoryPolicy:
        span = timedelta(days=self.confirm_days)
        return HistoryPolicy(
            confirm_failures=self.confirm_failures, confirm_span=span, confirm_span_hard=span
        )


class ReportConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What reports need to know of the wiki."""

    output: str = ""  # the folder `holdfast run` writes its reports to; unset: .holdfast/
    source_url: str = ""  # where a page's source is shown, e.g. "https://git.example/wiki/blob/main/{path}#L{line}"
    lang: LangName | None = (
        None  # of reports and notices for people; unset: that of the locale, which cron mostly has none of
    )

    def __post_init__(self) -> None:
        if self.source_url and not (
            re.match(r"https?://[^/]", self.source_url) and "{path}" in self.source_url
        ):
            raise ValueError(
                "source_url is an address with {path} in it, and {line} where the line belongs"
            )


class WikiConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of several wikis. What its table leaves out is as it stands outside of it."""

    pages: tuple[str, ...]  # what to read, as outside of it
    docs_root: str | None = None  # as outside
    ignore: tuple[str, ...] | None = None  # as outside
    dialect: DialectName | None = None  # as outside
    source_url: str | None = None  # instead of report.source_url
    output: str = ""  # the folder of its reports; unset: one of its name, where they all go

    def __post_init__(self) -> None:
        if not self.pages:
            raise ValueError("pages names at least one file, folder, glob or published site")
        if self.source_url is not None:
            ReportConfig(source_url=self.source_url)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that may be set. `hosts` maps patterns to overrides of the rules; see `rules_for`."""

    pages: tuple[
        str, ...
    ] = ()  # what to read: folders, files, globs, or the address of a published site; unset: the folder of the file
    docs_root: str = (
        ""  # what root-relative links start from; unset: found from mkdocs.yml and the like
    )
    ignore: tuple[str, ...] = ()  # patterns of pages not read, as in .gitignore
    dialect: DialectName = "mkdocs"  # "commonmark": indented text and raw HTML as that has them
    wiki: str = ""  # a name for this wiki, shown in reports
    wikis: dict[str, WikiConfig] = {}  # several wikis, each with pages of its own; see `for_wiki`
    db: str = ""  # the database's URL; unset: SQLite under .holdfast/; also --db, HOLDFAST_DB
    db_wait: float = 120  # seconds a job waits, in all, for a database that is away, locked or full
    network: NetworkConfig = NetworkConfig()
    include: tuple[str, ...] = ()  # regular expressions: only links they match are asked
    exclude: tuple[str, ...] = ()  # regular expressions of links never asked
    accept: dict[
        str, tuple[int, ...]
    ] = {}  # regular expression -> error statuses that count as served
    remap: dict[
        str, str
    ] = {}  # regular expression -> what is asked in place of what it matches; the first that matches counts
    hosts: dict[str, dict[str, Any]] = {}
    archives: ArchivesConfig = ArchivesConfig()
    history: HistoryConfig = HistoryConfig()
    moves: MovesConfig = MovesConfig()
    drift: DriftConfig = DriftConfig()
    report: ReportConfig = ReportConfig()
    notify: NotifyConfig = NotifyConfig()

    def __post_init__(self) -> None:
        if self.db_wait < 0:
            raise ValueError("db_wait must be at least 0")
        for pattern in self.hosts:
            self.rules_for(pattern)

    def for_wiki(self, name: str) -> Self:
        """Give the configuration as one of several wikis sees it: as if it were the only one.

        >>> config = Config(docs_root="docs", ignore=("drafts",), wikis={"book": WikiConfig(pages=("book",), docs_root="book")})
        >>> one = config.for_wiki("book")
        >>> one.wiki, one.pages, one.docs_root, one.ignore
        ('book', ('book',), 'book', ('drafts',))
        """
        own = self.wikis[name]
        kept = ("docs_root", "ignore", "dialect")
        mine = {
            key: getattr(self, key) if getattr(own, key) is None else getattr(own, key)
            for key in kept
        }
        report = ReportConfig(
            output=own.output or f"{self.report.output or '.holdfast'}/{name}",
            source_url=self.report.source_url if own.source_url is None else own.source_url,
        )
        return msgspec.structs.replace(
            self, wiki=name, wikis={}, pages=own.pages, report=report, **mine
        )

    def rules_for(self, host: str, known: Mapping[str, Any] = {}) -> HostRules:
        """Merge the rules of every pattern that matches a host, the narrower over the wider.

        `known` is what holds for this host whoever runs Holdfast: narrower than `*`, wider than any other pattern.

        >>> config = Config(hosts={"*": {"interval": 2}, "*.example": {"concurrency": 1}})
        >>> config.rules_for("www.example").interval, config.rules_for("www.example").concurrency
        (2.0, 1)
        >>> known = config.rules_for("www.example", known={"interval": 10, "concurrency": 3})
        >>> known.interval, known.concurrency
        (10.0, 1)
        """
        merged = {**self.hosts.get("*", {}), **known}
        for pattern in reversed(narrowest_first(self.hosts)):
            if pattern != "*" and fnmatchcase(host, pattern):
                merged |= self.hosts[pattern]
        return msgspec.convert(merged, HostRules)


def narrowest_first(patterns: Iterable[str]) -> Sequence[str]:
    """Put patterns of hosts into the order in which they win.

    >>> narrowest_first(["*", "*.example", "www.example"])
    ['www.example', '*.example', '*']
    """
    return sorted(
        patterns, key=lambda pattern: (len(pattern.replace("*", "")), pattern), reverse=True
    )


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"{text!r} is no address range; write for example 10.20.0.0/16") from error
