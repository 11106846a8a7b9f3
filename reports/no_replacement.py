"""Define the reasons why a cited copy on an archive to leave is not replaced.

The labels of reports need them, and not the rules of `reports.leave_plan`, which read the store.
"""

from __future__ import annotations

from enum import StrEnum


class NoReplacement(StrEnum):
    """A reason why a citation still points to its copy at the archive to leave."""

    UNKNOWN_ORIGINAL = "the page that it is a copy of is not known"
    DISAGREES = "pages name different originals of this copy: correct one of them"
    NO_COPY = "no verified copy elsewhere is known yet"
    CAPTURED = "a capture elsewhere was made and is not verified yet"
    OTHER_TEXT = "the copies elsewhere show another text"
    OTHER_DATE = "the copies elsewhere are too far from its date"
    COPY_BESIDE = "another copy stands beside it: remove this link by hand"
    ORIGINAL_BESIDE = "its living original stands beside it, and there is no copy elsewhere yet"
    UNKNOWN_DATE = "it could not be read and its date is not known: write the day beside the link"
    NOT_PROVEN = "no copy elsewhere could be shown to be of the same page"
