"""The records of a report, from which every format is written.

They contain no text for readers: see `reports.wording.labels` and `reports.findings.descriptions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from msgspec import Struct

from reports.i18n import Lang
from reports.replacement_urls import target_contains_original, without_cited_fragment

if TYPE_CHECKING:  # `holdfast report --help` needs no database
    from reports.leave_plan import LeaveProgress
    from reports.returned_originals import ReturnedOriginal
    from store.queries.archives import ArchiveObservation, CaptureFinding, FailedLookup, SingleCopy
    from store.queries.link_history import RecentHistory
    from store.queries.link_records import LinkFinding, MirrorFinding
    from store.queries.ordinary_links import OrdinaryLink
    from store.queries.pages import BrokenInternalLink
    from store.queries.trends import RunStates
    from store.vocabulary import (
        ArchiveRefusal,
        PageWarning,
        ProbeRequest,
        RefusalCounts,
        Role,
        State,
    )
    from store.work.comparisons import DriftFinding
    from store.work.runs import RunRecord
    from store.work.searches import StoredProposal


class Section(StrEnum):
    """The sections of a report that list links, most urgent first. A link may be in several."""

    NEWLY_BROKEN = "newly-broken"  # confirmed since the run before
    BROKEN = "broken"  # confirmed earlier
    SUSPECT = "suspect"  # failing now, not yet confirmed
    MIRROR_BROKEN = "mirror-broken"  # a cited mirror that fails, confirmed or not
    POSSIBLY_MOVED = "possibly-moved"  # failing, with evidence for a new address
    CONTENT_CHANGED = "content-changed"  # alive, without most of the text that was cited
    MOVED = "moved"
    BLOCKED = "blocked"  # the server refuses us; a reader may still be able to see it
    RECOVERED = "recovered"  # failed before, works again since the run before
    WITHOUT_MIRROR = "without-mirror"  # no usable archive copy
    ARCHIVES_REFUSED = "archives-refused"  # public archives may not copy it
    NOT_CHECKED = "not-checked"  # no result, or one that says nothing about the link
    COVERED = "covered"  # fails, and every citation already leads to a working archive copy
    ACKNOWLEDGED = "acknowledged"  # fails, and is known: `holdfast ack`


class Action(StrEnum):
    """The action that a finding on the to-do list needs."""

    FIX = "fix"  # `holdfast fix` can change the citation
    PERSON = "person"  # no replacement is known, or it cannot be written: somebody has to decide


class Acknowledgement(Struct, frozen=True, kw_only=True):
    """A user's acceptance of a failing link (`holdfast ack`).

    Attributes:
        until: The last day on which it counts, None for no limit.
        note: Why it is accepted.
    """

    until: date | None = None
    note: str = ""


class GroupBy(StrEnum):
    """The values of `--group-by`: what findings are grouped by."""

    PAGE = "page"  # that cites them
    HOST = "host"
    REASON = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The counts of a report, known without reading all of its findings.

    Attributes:
        sections: Number of findings in each section.
        actions: Number of findings on the to-do list by what they need.
        new_to_do: Number of those that are new.
        failing: Number of links and cited archive copies that fail and are not confirmed broken,
            without those that are covered or acknowledged.
        not_checked: Number of findings of `Section.NOT_CHECKED` by reason label.
        listed: The first findings of the sections that a summary lists.
        to_do_first: The first findings of the to-do list.
        refusals: Numbers of pages that public archives may not copy.
    """

    sections: Mapping[Section, int]
    actions: Mapping[Action, int]
    new_to_do: int
    failing: int
    not_checked: Mapping[str, int]
    listed: Mapping[Section, Sequence[Finding]]
    to_do_first: Sequence[Finding]
    refusals: RefusalCounts

    @property
    def to_do(self) -> int:
        """The number of findings on the to-do list."""
        return sum(self.actions.values())


class UnfixedPlace(Struct, frozen=True, kw_only=True, gc=False):
    """A citation that `holdfast fix` cannot fix although a replacement is known.

    Attributes:
        page: The path of its page.
        line: Its line.
        reason: Why not, in English (`reports.wording.unfixed_labels`).
    """

    page: str
    line: int
    reason: str


class FixPlan(Struct, frozen=True, kw_only=True, gc=False):
    """The citations of a finding that `holdfast fix` fixes, and those that it cannot fix.

    Attributes:
        fixed: Number of citations that it fixes.
        unfixed: The citations that it cannot fix.
    """

    fixed: int = 0
    unfixed: tuple[UnfixedPlace, ...] = ()


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """A link or a cited mirror, as reports show it.

    Attributes:
        link: The link as stored.
        new: Its state changed since the run before.
        best_mirror: The mirror that can replace it best, None if none is usable.
        covered: Every citation already points to a usable mirror, so nothing needs fixing.
        proposals: Addresses to which it possibly moved, the most trusted first.
        drift: How its page differs from what was cited, if most of the cited text is gone.
        new_address: The proposal that is trusted enough for `holdfast fix`, None if none is.
        acknowledgement: Set if a user knows that it fails and accepts it (`holdfast ack`); it is
            not on the to-do list then.
        refusal: Why public archives may not copy its page, None if they may.
        fix_plan: What `holdfast fix` can do about it. None if nothing was planned: plans are made
            for the to-do list, and for failing pages of the wiki's own site.
        is_own: Whether it is a failing page of the wiki's own site, which no copy replaces.
    """

    link: LinkFinding
    new: bool
    best_mirror: MirrorFinding | None
    covered: bool
    proposals: tuple[StoredProposal, ...] = ()
    drift: DriftFinding | None = None
    new_address: str | None = None
    acknowledgement: Acknowledgement | None = None
    refusal: ArchiveRefusal | None = None
    fix_plan: FixPlan | None = None
    is_own: bool = False

    @property
    def replacement_url(self) -> str | None:
        """The URL of the best mirror as `holdfast fix` writes it; None if none is usable."""
        if self.best_mirror is None:
            return None
        return without_cited_fragment(self.best_mirror.url, self.link.original or self.link.url)

    @property
    def replacement_to_follow(self) -> str | None:
        """The replacement for readers of a report to open, at the cited part of the page.

        Unlike `replacement_url` it has the fragment of the citations, if all have the same one and
        it would have an effect: the mirror's URL contains the original and has no fragment. Where a
        mirror is cited, the fragment may be one of the archive's own, and is left out.
        """
        url = self.replacement_url
        fragments = {urldefrag(place.url).fragment for place in self.link.citations}
        fragment = fragments.pop() if len(fragments) == 1 else ""
        original = self.link.original or self.link.url
        if url is None or not fragment or not target_contains_original(url, original):
            return url
        is_of_archive = any(place.mirror_id is not None for place in self.link.citations)
        return url if "#" in url or is_of_archive else f"{url}#{fragment}"


class OrdinaryFinding(Struct, frozen=True, kw_only=True, gc=False):
    """A link that does not fail and needs no explanation, as a table of all links shows it.

    Attributes:
        link: The link as stored.
        new: Its state changed since the run before.
        best_mirror: The mirror that can replace it best, None if none is usable.
        requests: The requests of its latest probe, with masked secrets.
    """

    link: OrdinaryLink
    new: bool
    best_mirror: MirrorFinding | None
    requests: tuple[ProbeRequest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a report format may show.

    Parts are read from the store when a format first uses them, so a report is valid only as long
    as the connection it was built with.

    Attributes:
        wiki: Name of the wiki, or an empty text.
        folder_name: Name of the wiki's folder, for the title of a wiki without a name.
        run: The run it is about, None if nothing was ever checked.
        compared_with: The run that "new" is measured against; None if there is no such run.
        generated_at: When it was made.
        lang: The language of formats for readers.
        source_url: Template of the address of a page's source (`reports.source_links`).
        repository_folder: The folder of the wiki in its repository, with a slash at its end; "" at
            the top, or outside of a repository.
        docs_url: Address of the documentation site, "" for none.
        page_titles: Returns the titles of pages by path.
        group_by: How to group findings, in formats that can. None: they are not grouped.
        totals: Number of links and of mirrors in each state.
        sections: The findings of each section in page order; those of `POSSIBLY_MOVED` by
            confidence.
        findings: All links. Iterating reads them from the store, as often as needed.
        failed_lookups: Archive lookups without a result.
        captures: Captures under way, and those that ended since the run before.
        internal_links: Broken internal links.
        warnings: Warnings about pages.
        single_copies: Links with one usable archive copy only.
        archive_observations: The responses that archives got when they captured links.
        leaving: The progress of leaving archives that are distrusted or have ended.
        returned: Citations of copies whose originals are alive again.
        recent_histories: Reads the recent history of links by their ids.
        full_histories: Reads the whole history of links by their ids.
        run_health: Reads how many links were in each state at the end of each run.
        only_new: Whether it leaves out what has not changed.
        outline: Returns the counts of the findings without reading all of them. None: they are
            counted from the findings.
        in_brief: Returns a report with `table_links` instead of `findings`, which takes less
            memory; it lacks the sections that ordinary links are in. None: the table has to be made
            from the findings.
        table_links: The rows of a table of all links, by ascending id: `OrdinaryFinding` for links
            that need no explanation, else `Finding`. None: the rows are the findings.
    """

    wiki: str
    folder_name: str = ""
    run: RunRecord | None
    compared_with: RunRecord | None
    generated_at: datetime
    lang: Lang = Lang.EN
    source_url: str = ""
    repository_folder: str = ""
    docs_url: str = ""
    page_titles: Callable[[], Mapping[str, str]] = dict
    group_by: GroupBy | None = None
    totals: Mapping[Role, Mapping[State, int]]
    sections: Mapping[Section, Sequence[Finding]]
    findings: Iterable[Finding]
    failed_lookups: Sequence[FailedLookup] = ()
    captures: Sequence[CaptureFinding] = ()
    internal_links: Sequence[BrokenInternalLink] = ()
    warnings: Sequence[PageWarning] = ()
    single_copies: Sequence[SingleCopy] = ()
    archive_observations: Sequence[ArchiveObservation] = ()
    leaving: Sequence[LeaveProgress] = ()
    returned: Sequence[ReturnedOriginal] = ()
    recent_histories: Callable[[Sequence[int]], Mapping[int, RecentHistory]] = lambda _ids: {}
    full_histories: Callable[[Sequence[int]], Mapping[int, RecentHistory]] = lambda _ids: {}
    run_health: Callable[[], Sequence[RunStates]] = tuple
    only_new: bool = False
    outline: Callable[[], Outline] | None = None
    in_brief: Callable[[], Report] | None = None
    table_links: Iterable[Finding | OrdinaryFinding] | None = None

    @property
    def display_name(self) -> str:
        """Return the name of the wiki in titles: its own, or that of its folder."""
        return self.wiki or self.folder_name
