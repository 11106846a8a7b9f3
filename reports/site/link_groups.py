"""Group the links of a site by host and by wiki page, as its pages list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from store.vocabulary import FAILING_STATES, LIVING_STATES, State


@dataclass(frozen=True, slots=True)
class LinkEntry:
    """A link as listed on the page of its host or of a wiki page.

    Attributes:
        path: Path of its page on the site. A mirror is on the page of its original. Empty if it has
            no page.
        title: The link's text, or its URL.
        url: The link.
        is_mirror: It is a cited mirror.
        state: Its state.
        reason: The translated label of the reason.
        line: Line of the citation, 0 on the page of a host.
    """

    path: str
    title: str
    url: str
    is_mirror: bool
    state: State
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link with the places where it is listed.

    Attributes:
        entry: The link as listed.
        host: Its host.
        places: The path of the page and the line of each citation.
    """

    entry: LinkEntry
    host: str
    places: Sequence[tuple[str, int]]


@dataclass(slots=True)
class LinkGroup:
    """The links of a host or of a wiki page.

    Attributes:
        name: The host, or the path of the wiki page.
        path: Path of its page on the site.
        title: The title of a wiki page; empty for a host, or a page without a title.
        entries: Its links.
        states: Number of entries in each state.
    """

    name: str
    path: str
    title: str = ""
    entries: list[LinkEntry] = field(default_factory=list)
    states: Counter[State] = field(default_factory=Counter)

    def add(self, entry: LinkEntry) -> None:
        """Add a link."""
        self.entries.append(entry)
        self.states[entry.state] += 1

    @property
    def failing(self) -> int:
        """Number of links that fail, confirmed or not."""
        return sum(self.states[state] for state in FAILING_STATES)

    @property
    def working(self) -> int:
        """Number of links that work."""
        return sum(self.states[state] for state in LIVING_STATES)


def get_or_add_group(
    groups: dict[str, LinkGroup], name: str, path_of: Callable[[str], str]
) -> LinkGroup:
    """Return the group of this name, adding it if it is new."""
    if name not in groups:
        groups[name] = LinkGroup(name, path_of(name))
    return groups[name]
