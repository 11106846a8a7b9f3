"""List the archives with Memento (RFC 7089) that `archives.presets` can enable by their names.

They are named as in `crawler.archives.services`. The addresses are those of the list that the
aggregator MemGator keeps (https://github.com/oduwsdl/MemGator, docs/archives.json).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec import Struct


class MementoPreset(Struct, frozen=True, kw_only=True):
    """An archive's Memento interface.

    Attributes:
        timemap: The address of its TimeMap in link format; the URL looked up is appended.
        lookups_per_minute: The maximum number of requests per minute.
        as_of: The day on which the note was observed or documented.
        note: How the archive responds, and whether to trust it; empty if nothing is special.
        source: The address of the note's source.
        is_dependable: Whether `presets = ["all"]` includes it.
    """

    timemap: str
    lookups_per_minute: float = 12
    as_of: date = date(2026, 9, 30)
    note: str = ""
    source: str = "https://github.com/oduwsdl/MemGator"
    is_dependable: bool = True


ALL: Final = "all"  # in `archives.presets`: every dependable preset

PRESETS: Final[Mapping[str, MementoPreset]] = {
    "arquivo.pt": MementoPreset(
        timemap="https://arquivo.pt/wayback/timemap/link/",
        lookups_per_minute=30,  # 400 are allowed
        note="answers; its copies appear after a year",
        source="https://github.com/arquivo/pwa-technologies/wiki/APIs",
    ),
    "vefsafn": MementoPreset(
        timemap="https://wayback.vefsafn.is/wayback/timemap/link/",
        lookups_per_minute=6,
        note="answers slowly (37 s)",
    ),
    "loc.gov": MementoPreset(
        timemap="https://webarchive.loc.gov/all/timemap/link/",
        note="may show programs a challenge",
    ),
    "archive-it": MementoPreset(
        timemap="https://wayback.archive-it.org/all/timemap/link/",
        note="may show programs a challenge",
    ),
    "stanford": MementoPreset(
        timemap="https://swap.stanford.edu/was/timemap/link/",
        note="may show programs a challenge",
    ),
    "ukgwa": MementoPreset(
        timemap="https://webarchive.nationalarchives.gov.uk/ukgwa/timemap/link/",
        note="may show programs a challenge",
    ),
    "uk-parliament": MementoPreset(timemap="https://webarchive.parliament.uk/timemap/"),
    "perma.cc": MementoPreset(
        timemap="https://perma.cc/timemap/link/",
        note="may show programs a challenge",
    ),
    "ukwa": MementoPreset(
        timemap="https://www.webarchive.org.uk/wayback/archive/timemap/link/",
        note="out of service since October 2023; some of it may be back",
        is_dependable=False,
    ),
    "archive.today": MementoPreset(
        timemap="https://archive.today/timemap/",
        lookups_per_minute=2,
        note="altered snapshots and used its visitors for an attack; shows programs a CAPTCHA",
        source="https://en.wikipedia.org/wiki/Wikipedia:Archive.today_guidance",
        is_dependable=False,
    ),
}


def selected_presets(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the presets that the words of a configuration select.

    Raises:
        ValueError: A word is not the name of a preset.

    >>> selected_presets(("arquivo.pt",))
    ('arquivo.pt',)
    >>> "archive.today" in selected_presets(("all",))
    False
    """
    names: dict[str, None] = {}
    for word in words:
        if word == ALL:
            names |= {name: None for name, preset in PRESETS.items() if preset.is_dependable}
        elif word in PRESETS:
            names[word] = None
        else:
            known = ", ".join((ALL, *PRESETS))
            raise ValueError(f"unknown preset {word[:100]!r}: use one of {known}")
    return tuple(names)
