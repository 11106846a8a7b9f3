"""What a report says, as plain records: what the formats are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from msgspec import Struct

from reports.i18n import Lang
from store.queries.archives import ArchiveObservation, CaptureFinding, SingleCopy, UnansweredLookup
from store.queries.link_history import RecentHistory
from store.queries.links import LinkFinding, MirrorFinding
from store.queries.pages import BrokenInternalLink
from store.queries.trends import RunStates
from store.vocabulary import PageWarning, Role, State
from store.work.comparisons import DriftFinding
from store.work.runs import RunRecord
from store.work.searches import StoredProposal


class Section(StrEnum):
    """The parts of a report that list links, in the order a person should read them. A link may stand in several."""

    NEWLY_BROKEN = "newly-broken"  # confirmed since the run before
    BROKEN = "broken"  # confirmed earlier
    SUSPECT = "suspect"  # failing now, not yet confirmed
    MIRROR_BROKEN = "mirror-gone-bad"  # a cited mirror that fails or failed for good
    POSSIBLY_MOVED = "perhaps-moved"  # failing, and something speaks for another address
    CONTENT_CHANGED = (
        "no-longer-what-was-cited"  # alive, but its page has drifted far from what was cited
    )
    MOVED = "moved"
    BLOCKED = "blocked"  # the server turns us away; a reader may well see it
    RECOVERED = "recovered"  # failed before, serves again since the run before
    WITHOUT_MIRROR = "without-mirror"  # no archive copy that could stand in
    NOT_CHECKED = "unanswered"  # could not be asked, or the answer says nothing


class GroupBy(StrEnum):
    """What findings are put together by: the values of `--group-by`."""

    PAGE = "page"  # that cites them
    HOST = "host"
    REASON = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The figures of a report, known without reading all of its findings.

    `sections` counts the findings of each, `unanswered` those of their section by the words for
    their reasons. `listed` has the first findings of the sections that matter at a glance.
    """

    sections: Mapping[Section, int]
    not_checked: Mapping[str, int]
    listed: Mapping[Section, Sequence[Finding]]


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """A link or cited mirror, seen in the light of a run.

    `new`: its state changed since the run before. `best_mirror` is the one that could stand in. `covered`: every place that cites the link
    points to a living mirror of it already, so that there is nothing to mend. `proposals` are addresses where it may be now, the most trusted
    first; `drift` is how its page differs from what was cited, if it does so much that it no longer says that.
    """

    link: LinkFinding
    new: bool
    best_mirror: MirrorFinding | None
    covered: bool
    proposals: tuple[StoredProposal, ...] = ()
    drift: DriftFinding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything the formats say.

    `run` is the run the report is about (None: nothing was ever checked), `compared_with` the one that "new" is measured against. `findings`
    are all links, to be gone through as often as needed; they are read from the store each time, so a report lasts as long as the connection
    it was made with. `sections` has every section, each in page order, but what perhaps moved by how far that is trusted. `zone` is where the reader is (None: where this machine is),
    `lang` what formats for persons are written in, `source_url` the template of a page's address (`reports.source_links`).
    `group_by` is asked of the formats that put findings together. `pasts_of` reads the recent past of links by their ids, `histories_of` all of it, `health` how all fared from run to run: only formats that show them ask.
    `outline` counts the findings in less time than reading them takes; None where they are few.
    """

    wiki: str
    run: RunRecord | None
    compared_with: RunRecord | None
    generated_at: datetime
    zone: tzinfo | None = None
    lang: Lang = Lang.EN
    source_url: str = ""
    group_by: GroupBy | None = None
    totals: Mapping[Role, Mapping[State, int]]
    sections: Mapping[Section, Sequence[Finding]]
    findings: Iterable[Finding]
    failed_lookups: Sequence[UnansweredLookup] = ()
    captures: Sequence[CaptureFinding] = ()
    internal_links: Sequence[BrokenInternalLink] = ()
    warnings: Sequence[PageWarning] = ()
    single_copies: Sequence[SingleCopy] = ()
    archive_observations: Sequence[ArchiveObservation] = ()
    recent_histories: Callable[[Sequence[int]], Mapping[int, RecentHistory]] = lambda _ids: {}
    full_histories: Callable[[Sequence[int]], Mapping[int, RecentHistory]] = lambda _ids: {}
    run_health: Callable[[], Sequence[RunStates]] = tuple
    outline: Callable[[], Outline] | None = None
