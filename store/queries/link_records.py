"""Define the records of the links and mirrors that a wiki cites, with their places.

A report builds a hundred thousand records, so they are built from columns by position, which
`check_column_order` checks at import. The garbage collector does not track them: they contain no
reference cycles.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from store.queries import link_statements as statements
from store.schema.rows import check_column_order
from store.vocabulary import (
    MirrorOrigin,
    MirrorQuality,
    Reason,
    Role,
    Spelling,
    State,
    TrackedState,
    Verdict,
)


class CitedPlace(Struct, frozen=True, gc=False, array_like=True):
    """One place that cites a link.

    Attributes:
        page: The path of the page.
        dated: The page's own date; None if it has none.
        line: Its line, from 1.
        column: Its column in code points, from 1.
        url: The URL as cited.
        text: The text of the link.
        accessed: The access date that the author gives; None if there is none.
        mirror_id: The id of the mirror, if the cited URL is that of a mirror.
        added: The day on which it was added to the wiki, if neither it nor its page has a date.
        block: Number of the smallest unit it is in (footnote, list item, paragraph line).
        footnote: Label of the footnote it is in; None outside of footnotes.
        notes: Labels of the footnotes that are marked right after it.
    """

    page: str
    dated: date | None
    line: int
    column: int
    url: str
    text: str
    accessed: date | None
    mirror_id: int | None
    added: date | None = None
    # `store.queries.ordinary_links` does not read what follows.
    block: int = 0
    footnote: str | None = None
    notes: tuple[str, ...] = ()


class MirrorFinding(Struct, frozen=True, gc=False, array_like=True):
    """A mirror of a link, with its own state."""

    id: int
    url: str
    service: str
    timestamp: str
    captured_at: datetime | None
    origin: MirrorOrigin
    status_at_capture: int | None
    state: State
    reason: Reason | None
    # An unusable mirror must not be offered to a reader, whatever its state.
    quality: MirrorQuality = MirrorQuality.UNVERIFIED
    spelling: Spelling = Spelling.SAME  # how the archive spells the link's URL
    # `store.queries.ordinary_links` does not read what follows.
    verdict: Verdict | None = None
    detail: str = ""
    note: str = ""
    last_alive_at: datetime | None = None
    warnings: tuple[str, ...] = ()
    flaw: str = ""  # what is wrong with it, empty if nothing is
    same_address: bool | None = None  # it is a copy of exactly the cited URL; None if unknown
    parts_checked: int | None = None  # images, style sheets and frames looked up in the archive
    parts_missing: int | None = None  # those that the archive does not have
    parts_checked_at: datetime | None = None
    final_url: str | None = None  # where its redirects led

    @property
    def tracked_state(self) -> TrackedState:
        """Its tracked state, with the fields that reports use."""
        return TrackedState(
            role=Role.MIRROR,
            state=self.state,
            verdict=self.verdict,
            reason=self.reason,
            detail=self.detail,
            note=self.note,
            last_alive_at=self.last_alive_at,
        )


class LinkFinding(Struct, frozen=True, gc=False, array_like=True):
    """A link, or a mirror that a page cites.

    Attributes:
        tracked_state: Its tracked state.
        citations: The places that cite it, in page order.
        mirrors: A link's mirrors; for a mirror, the other mirrors of its original.
        id: The link's id.
        url: Its URL.
        role: `LINK` or `MIRROR`.
        host: The name of its host.
        original: The URL that a mirror is a copy of, if that is known.
        previous_state: The state before the present one; None if the state never changed.
        changed_run_id: The run in which the state last changed; None if it never changed.
        status_code: The status of the latest probe; None if there was no response.
        final_url: The URL at which the latest probe ended; None if no request was made.
        redirects: The number of redirects.
        warnings: The warnings of the latest probe.
        missing_fragments: Fragments that its page, when it was last read, did not have.
        looked_up: Whether a lookup of its copies at any archive had a conclusive result.
        listed_at: When the sitemap or feed `listed_by`, which lists it, was read; None without one.
        listed_by: The URL of a sitemap or feed of its site; None if none is known to list it.
    """

    tracked_state: TrackedState
    citations: tuple[CitedPlace, ...]
    mirrors: tuple[MirrorFinding, ...]
    id: int
    url: str
    role: Role
    host: str
    original: str | None
    previous_state: State | None
    changed_run_id: int | None
    status_code: int | None
    final_url: str | None
    redirects: int
    warnings: tuple[str, ...]
    missing_fragments: tuple[str, ...] = ()
    looked_up: bool = True
    listed_at: datetime | None = None
    listed_by: str | None = None


check_column_order(CitedPlace, statements.CITATION_COLUMNS, first_field="line")
check_column_order(MirrorFinding, statements.MIRROR_COLUMNS, first_field="id")
check_column_order(LinkFinding, statements.LINK_COLUMNS, first_field="id")
