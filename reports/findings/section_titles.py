"""Titles and explanations of the sections of a report, which are also message ids of catalogs."""

from __future__ import annotations

from collections.abc import Mapping

from reports.model import Section

# Title and explanation of each section.
SECTION_TITLES: Mapping[Section, tuple[str, str]] = {
    Section.NEWLY_BROKEN: ("Newly broken", "Confirmed broken since the previous run."),
    Section.BROKEN: (
        "Broken",
        ("Confirmed broken by several checks on different days, and reported before."),
    ),
    Section.SUSPECT: (
        "Failing now",
        "Not confirmed yet: these links may recover and will be checked again.",
    ),
    Section.MIRROR_BROKEN: (
        "Broken archive copies",
        "Archive copies that pages cite and that no longer work.",
    ),
    Section.POSSIBLY_MOVED: (
        "Possibly moved",
        "Failing, but there is evidence for a new URL. Check the new page before you link to it.",
    ),
    Section.CONTENT_CHANGED: (
        "Content changed",
        (
            "Alive, but most of the cited text is no longer on the page. "
            "The archive copy still has it."
        ),
    ),
    Section.MOVED: ("Moved", "Served, with a permanent redirect to a new URL."),
    Section.BLOCKED: (
        "Blocked",
        "The server refuses Holdfast's requests. Readers may still be able to open the page.",
    ),
    Section.RECOVERED: ("Recovered", "Failed before, and work again."),
    Section.WITHOUT_MIRROR: (
        "No usable archive copy",
        (
            "No copy was found, or archives were not searched yet. "
            "If these links break, there is no copy to replace them with."
        ),
    ),
    Section.ARCHIVES_REFUSED: (
        "No public archive may copy these",
        (
            "The site or the archive refuses public copies. An archive may make one all the same, "
            "or withdraw it later: keep a copy in the local archive."
        ),
    ),
    Section.NOT_CHECKED: (
        "Could not be checked",
        "Not checked yet, or the last check had no usable result.",
    ),
    Section.COVERED: (
        "Readers get a copy",
        (
            "These links fail, and every citation already leads to a working archive copy. "
            "Nothing to do."
        ),
    ),
    Section.ACKNOWLEDGED: (
        "Acknowledged",
        "Failing, known and accepted: listed in the acknowledgement file.",
    ),
}

ONLY_COPY_UNTRUSTED = (
    "Only archive copy on a less trusted service",
    "The only usable archive copy of these links is on a service that may not last or is disputed.",
)
NO_SECOND_COPY = (
    "Only one archive copy",
    "Only one usable archive copy of these links is known.",
)
RETURNED = (
    "Originals that are back",
    (
        "Good news: these links failed, so that pages cite a copy, and now the original shows "
        "again what was cited. `holdfast fix --originals` cites the original again."
    ),
)
LEAVING = (
    "Leaving archives",
    (
        "Citations of copies on archives that are doubted or have ended. `holdfast fix --leave` "
        "replaces those that are ready by a verified copy elsewhere; the others stay as they are."
    ),
)
ARCHIVE_OBSERVATIONS = (
    "Archive observations",
    (
        "What archives got when they fetched these links to capture them: "
        "an independent check from another network."
    ),
)
