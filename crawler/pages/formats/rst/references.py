"""Resolve the references of a reStructuredText page to its targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.pages.formats.rst.inline_patterns import reference_name
from crawler.pages.formats.rst.links import RstForm, RstLink
from crawler.pages.raw_links import Location, RawLink
from store.vocabulary import CitationKind

_MOST_ALIASES = 50  # that are followed from a reference to its target
_NOWHERE = Location()


@dataclass(slots=True)
class NamedTarget:
    """The target of a name.

    Attributes:
        start: The first byte of its address.
        end: The byte after the address.
        url: The address, "" if it is a place on the page.
        alias: The name of another target to which it refers.
        is_used: A reference uses it, or contains it: its address is cited there.
        form: How the address is written.
        problem: Why it cannot be fixed.
        label: Its name as written.
        location: The structure around it.
    """

    start: int
    end: int
    url: str
    alias: str = ""
    is_used: bool = False
    form: RstForm = RstForm.TARGET
    problem: str = ""
    label: str = ""
    location: Location = _NOWHERE


class References:
    """Collect the links of a page, its targets, and the references to targets."""

    def __init__(self) -> None:
        self._links: list[RstLink] = []
        self._uses: list[tuple[str, RstLink]] = []
        self._targets: dict[str, NamedTarget] = {}
        self._anonymous: list[NamedTarget] = []
        self._all: list[NamedTarget] = []  # once for each name

    def add(self, link: RstLink) -> None:
        """Add a link that has its own address."""
        self._links.append(link)

    def add_use(self, name: str, link: RstLink) -> None:
        """Add a reference to a name; "" is the next target without one."""
        self._uses.append((name, link))

    def define(self, label: str, target: NamedTarget) -> NamedTarget | None:
        """Define a name.

        Args:
            label: The name as written, "" if the target has none.
            target: The target of the name.

        Returns:
            The other target that has the name already, if any.
        """
        target.label = label
        self._all.append(target)
        if not label:
            self._anonymous.append(target)
            return None
        name = reference_name(label)
        other = self._targets.setdefault(name, target)
        if other is not target and not other.url and target.url:
            self._targets[name] = target
        return None if other is target or other.url == target.url else other

    def links(self) -> Iterator[RstLink]:
        """Yield the links, those of references with the address of their target."""
        yield from self._links
        anonymous = iter(self._anonymous)
        for name, link in self._uses:
            first = self._targets.get(name) if name else next(anonymous, None)
            target = self._resolve(first)
            if target is None or not target.url:
                continue
            target.is_used = True
            link.link.start, link.link.end, link.link.url = target.start, target.end, target.url
            link.link.kind = CitationKind.REFERENCE
            link.form, link.problem, link.can_add = target.form, target.problem, False
            yield link
        yield from filter(None, map(_unused, self._all))

    def _resolve(self, target: NamedTarget | None) -> NamedTarget | None:
        """Return the target that the aliases lead to, None if they lead to none."""
        for _ in range(_MOST_ALIASES):
            if target is None or not target.alias:
                return target
            target.is_used = True
            target = self._targets.get(target.alias)
        return None


def _unused(target: NamedTarget) -> RstLink | None:
    """Return the link of a target that no reference uses, which is also a citation, or None."""
    if target.is_used or not target.url:
        return None
    span = target.start, target.end
    location = target.location
    link = RawLink(*span, target.url, CitationKind.REFERENCE, location, span, target.label)
    return RstLink(link, target.form, target.problem)
