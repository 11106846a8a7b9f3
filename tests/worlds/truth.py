"""The true state of each cited page of an invented web."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.worlds.archive import IndexedSnapshot
from tests.worlds.serving import Site

LIVING = frozenset({"alive", "moved"})
FAILING = frozenset({"suspect", "broken"})


class Truth(StrEnum):
    """The true state of a page, as a careful reader with a browser would see it."""

    LIVING = "living"
    DEAD = "dead"
    UNDECIDABLE = "undecidable"  # no reader with the same evidence could tell; `why` says so


@dataclass(kw_only=True)
class Cited:
    """A cited page.

    `dies` is the day from which it is dead, `explicit` whether its answer says so in a status or in words, `mirror` the timestamp of the copy
    that the wiki cites for it, `accepted_states` the states that are right at the end, `failing_days` the days on which a living page truly fails,
    and `copies` the copies (timestamp, original) that show what was cited; `where` says how they are archived.
    """

    url: str
    kind: str
    truth: Truth
    text: str
    dies: int = 0
    explicit: bool = False
    mirror: str = ""
    accessed: str = "2021-03-10"
    accepted_states: frozenset[str] = frozenset({"broken"})
    failing_days: frozenset[int] = frozenset()
    why: str = ""
    archived_as: str = ""
    copies: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class InventedWeb:
    """An invented web under construction: its sites, what is cited of them, and what an archive has.

    `refusing` hosts refuse connections, the names of `vanishing` ones end on a day; `ways_used` and `encodings_used` keep the ways of archiving in turn.
    """

    sites: dict[str, Site] = field(default_factory=dict)
    cited: list[Cited] = field(default_factory=list)
    snapshots: list[IndexedSnapshot] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)
    vanishing: dict[str, int] = field(default_factory=dict)
    ways_used: int = 0
    encodings_used: set[str] = field(default_factory=set)

    def add_site(self, host: str, site: Site) -> None:
        """Put a site on the web."""
        assert host not in self.sites, host
        self.sites[host] = site

    def without_name(self, host: str, day: int) -> bool:
        """Return whether a host's name does not exist on a day. Names below .invalid never resolve."""
        return host.endswith(".invalid") and self.vanishing.get(host, 0) <= day

    def cite(self, cited: Cited) -> Cited:
        """Add a cited page."""
        self.cited.append(cited)
        return cited

    def add_snapshot(
        self,
        original: str,
        timestamp: str,
        body: str | bytes,
        *,
        encoding: str = "utf-8",
        status: int = 200,
        mimetype: str = "text/html",
        headers: Mapping[str, str] | None = None,
        revisit: bool = False,
    ) -> tuple[str, str]:
        """Put a snapshot into the archive; return what identifies it."""
        raw = body.encode(encoding, "xmlcharrefreplace") if isinstance(body, str) else body
        self.snapshots.append(
            IndexedSnapshot(
                original=original,
                timestamp=timestamp,
                status=status,
                body=raw,
                mimetype=mimetype,
                headers=headers or {},
                revisit=revisit,
            )
        )
        return timestamp, original
