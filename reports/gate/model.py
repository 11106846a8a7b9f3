"""The records of a gate, and its rules: which citations stop a change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from msgspec import Struct


class GateMode(StrEnum):
    """The condition under which a change is stopped."""

    WARN = "warn"  # nothing
    REQUIRE_COPY = "require-copy"  # a citation without a verified copy
    # a citation that fails or has an unknown state, and has no verified copy on its page
    REQUIRE_ALIVE = "require-alive"


class Liveness(StrEnum):
    """The state of a citation's URL, by its latest probes."""

    ALIVE = "alive"  # or moved
    BLOCKED = "blocked"  # it refuses programs; a reader may well see it
    FAILING = "failing"
    UNKNOWN = "unknown"  # not checked, or without a usable result


class MissingCopy(StrEnum):
    """A reason why a citation has no verified copy, in words for the user."""

    FAILS = "the link fails, so no capture was requested"
    BLOCKED = "its host refuses programs, so no capture was requested"
    PRIVATE = "it is private or has a secret in its URL, so no archive was queried"
    REFUSED = "the archive made no usable copy"
    UNUSABLE = "the copy that it leads to does not show the page"
    DISTRUSTED = "its only copies are on archives that are doubted or have ended"
    # Undecided: a later `holdfast gate` may find a copy (`_UNDECIDED`).
    LIMIT = "the archive's limit of captures is reached for now; nothing is wrong with the link"
    FAILED_FOR_NOW = "not captured yet: the archive could not make the copy now"
    CAPTURES_OFF = "no archive has a copy, and captures are off (no API keys, no archives.capture)"
    NOT_CAPTURED = "no archive has a copy, and no capture was requested in time"
    NOT_MADE_YET = "not captured yet: the archive has not finished the requested capture"
    WAITING = "a copy was found or requested, and is not verified yet"
    NO_RESPONSE = "the archive did not answer"
    NOT_QUERIED = "no archive was queried"


class Obstacle(StrEnum):
    """The reason why a gate could not check everything, in words for the user."""

    NO_CHANGE = "Git could not tell what the change adds: no citation was checked."
    UNREAD = "Pages of the change could not be read or compared: what they cite was not checked."
    NO_NETWORK = "There is no network: nothing was checked, and no archive was queried."
    NO_ARCHIVE = "The archive could not be reached: what it has is not known."
    NO_TIME = "The time was over before everything was done."
    NO_SESSION = "The archive accepts no more captures at once: it is no fault of the links."
    NO_CAPTURES = "No captures were requested: set API keys, or capture = true under [archives]."


# Reasons for which a later gate may find a copy; see `GateResult.passes_undecided`.
_UNDECIDED: Final = frozenset(
    {
        MissingCopy.LIMIT,
        MissingCopy.FAILED_FOR_NOW,
        MissingCopy.CAPTURES_OFF,
        MissingCopy.NOT_CAPTURED,
        MissingCopy.NOT_MADE_YET,
        MissingCopy.WAITING,
        MissingCopy.NO_RESPONSE,
        MissingCopy.NOT_QUERIED,
    }
)


class AddedCitation(Struct, frozen=True, kw_only=True):
    """A citation that a change adds, and what is known about it.

    Attributes:
        page: Path of the page.
        line: Its line.
        column: Its column.
        url: The cited URL.
        liveness: Whether the cited URL works.
        fault: What is wrong with the cited URL, in words; empty if nothing is.
        copy: The URL of a verified archive copy; empty if there is none.
        is_in_page: Whether the copy is cited there, or beside it.
        missing: Why there is no copy; None if there is one.
        detail: The message of the archive, if a capture failed or was refused.
    """

    page: str
    line: int
    column: int
    url: str
    liveness: Liveness
    fault: str = ""
    copy: str = ""
    is_in_page: bool = False
    missing: MissingCopy | None = None
    detail: str = ""

    @property
    def fails(self) -> bool:
        """True if the link fails and no copy is cited on the page."""
        return self.liveness is Liveness.FAILING and not self.is_in_page

    @property
    def lacks_copy_in_page(self) -> bool:
        """True if there is a verified copy that is not on its page."""
        return bool(self.copy) and not self.is_in_page

    @property
    def is_for_patch(self) -> bool:
        """True if the patch adds its copy, as it does for living links only."""
        return self.lacks_copy_in_page and self.liveness is Liveness.ALIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The result of a gate.

    Attributes:
        citations: The citations that the change adds, in page order.
        modes: What stops the change.
        passes_undecided: Whether a citation passes if its state or copy could not be determined.
        obstacles: The reasons why the gate could not check everything.
        patch: The patch that adds the copies.
        source_url: Template of the pages' web addresses, as `report.source_url`.
        repository_folder: The folder of the wiki in its repository, with a slash at its end; "" at
            the top, or outside of a repository.
    """

    citations: Sequence[AddedCitation] = ()
    modes: Collection[GateMode] = (GateMode.WARN,)
    passes_undecided: bool = False
    obstacles: Sequence[Obstacle] = ()
    patch: bytes = b""
    source_url: str = ""
    repository_folder: str = ""
    _stopping: frozenset[AddedCitation] = field(init=False)

    def __post_init__(self) -> None:
        stopping = frozenset(each for each in self.citations if self._must_stop(each))
        object.__setattr__(self, "_stopping", stopping)

    @property
    def passes(self) -> bool:
        """True if nothing stops the change."""
        return not self._stopping and not self._is_stopped_by_unread_pages

    @property
    def _is_stopped_by_unread_pages(self) -> bool:
        """True if the change is stopped because its pages could not be read.

        `NO_CHANGE` is no reason here: `holdfast gate` exits with an error of its own in that case,
        unless `passes_undecided` is set.
        """
        is_strict = any(mode is not GateMode.WARN for mode in self.modes)
        return is_strict and Obstacle.UNREAD in self.obstacles and not self.passes_undecided

    @property
    def without_copy(self) -> Sequence[AddedCitation]:
        """The citations without a verified copy."""
        return [each for each in self.citations if each.missing]

    @property
    def failing(self) -> Sequence[AddedCitation]:
        """The citations that fail and have no copy on their page."""
        return [each for each in self.citations if each.fails]

    @property
    def to_add(self) -> Sequence[AddedCitation]:
        """The citations to which the patch adds a verified copy."""
        return [each for each in self.citations if each.is_for_patch]

    @property
    def to_add_by_hand(self) -> Sequence[AddedCitation]:
        """The citations with a verified copy that neither their page nor the patch has."""
        return [
            each for each in self.citations if each.lacks_copy_in_page and not each.is_for_patch
        ]

    def stops(self, citation: AddedCitation) -> bool:
        """Return whether a citation stops the change."""
        return citation in self._stopping

    def _must_stop(self, citation: AddedCitation) -> bool:
        """Return whether one of the modes stops the change because of a citation."""
        if GateMode.REQUIRE_COPY in self.modes and citation.missing:
            is_undecided = citation.missing in _UNDECIDED
            if not (is_undecided and self.passes_undecided):
                return True
        if GateMode.REQUIRE_ALIVE not in self.modes:
            return False
        is_unknown = citation.liveness is Liveness.UNKNOWN and not citation.is_in_page
        return citation.fails or (is_unknown and not self.passes_undecided)
