"""The sections of a report as a person reads them: a title, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping

from reports.model import Section

SECTION_TITLES: Mapping[Section, tuple[str, str]] = {
    Section.NEWLY_BROKEN: ("Newly broken", "Confirmed since the run before."),
    Section.BROKEN: (
        "Broken",
        "Confirmed over several probes and days: reported before, or readers are sent to a living copy already.",
    ),
    Section.SUSPECT: (
        "Failing now",
        "Not confirmed yet: these may come back, and are asked again.",
    ),
    Section.MIRROR_BROKEN: ("Mirrors gone bad", "Archive copies that pages cite and that fail."),
    Section.POSSIBLY_MOVED: (
        "Perhaps moved",
        "Failing, and something speaks for another address. Look at the page before you trust it.",
    ),
    Section.CONTENT_CHANGED: (
        "No longer what was cited",
        "Alive, but most of the text that was cited is gone from the page; the copy has it.",
    ),
    Section.MOVED: ("Moved", "Served, and the server says that the address changed for good."),
    Section.BLOCKED: ("Blocked", "The server turns Holdfast away; a reader may well see the page."),
    Section.RECOVERED: ("Recovered", "Failed before, and serve again."),
    Section.WITHOUT_MIRROR: (
        "Without a good mirror",
        "If these break, nothing can stand in for them.",
    ),
    Section.NOT_CHECKED: ("Could not be asked", "Nothing is known of these yet, or anew."),
}

ONLY_COPY_UNTRUSTED = (
    "Only copy on a service you trust less",
    "The one good copy of these is kept by a service that may not last, or is doubted.",
)
NO_SECOND_COPY = ("No second copy", "One good copy is known of these: one loss is all it takes.")
ARCHIVE_OBSERVATIONS = (
    "What archives met",
    "An archive that was to copy these asked for them itself: a second look, from another place.",
)
