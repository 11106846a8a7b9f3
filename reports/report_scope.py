"""Define what a report is about, and the functions that read what reports cannot import."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from reports.i18n import Lang
from reports.leave_plan import LeaveProgress
from reports.model import Acknowledgement, FixPlan, GroupBy
from reports.own_sites import OwnSites
from reports.returned_originals import ReturnedOriginal

PlanFixes = Callable[[Connection, Mapping[int, Acknowledgement]], Mapping[str, FixPlan]]
"""Takes a connection and the acknowledgements by id; returns the planned fixes by URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScope:
    """The scope of a report.

    Attributes:
        wiki: Name of the wiki, or an empty text.
        folder_name: Name of the wiki's folder, for the title of a wiki without a name.
        pages: Paths of the pages to which the report is limited, None for all.
        now: When the report is made.
        run_id: The run it is about, None for the latest run that checked links and has ended.
        since: The run that "new" is measured against; None for the latest complete run before
            `run_id`, 0 to count all findings as new.
        only_new: Leave out every link whose state has not changed since then.
        lang: The language of formats for readers.
        source_url: Template of the address of a page's source (`reports.source_links`).
        repository_folder: The folder of the wiki in its repository, with a slash at its end; "" at
            the top, or outside of a repository.
        docs_url: Address of the documentation site, "" for none.
        group_by: How to group findings, in formats that can. None: they are not grouped.
        less_trusted_services: Archives that are reported if they have the only copy of a link.
        distrusted_services: Archives whose copies are the last choice.
        read_own_sites: Returns the sites of the wiki itself. It is called for failing links only.
        read_leave_progress: Returns the progress of leaving archives that are distrusted or have
            ended.
        read_returned: Returns the citations of copies whose originals are alive again.
        acknowledged: Acknowledgements by the ids of links and mirrors.
        plan_fixes: Plans the fixes of `holdfast fix` for the to-do list, see `PlanFixes`.
        min_confidence: The least confidence, 0 to 1, with which `holdfast fix` uses a possible new
            address.
    """

    wiki: str
    folder_name: str = ""
    pages: frozenset[str] | None = None
    now: datetime
    run_id: int | None = None
    since: int | None = None
    only_new: bool = False
    lang: Lang = Lang.EN
    source_url: str = ""
    repository_folder: str = ""
    docs_url: str = ""
    group_by: GroupBy | None = None
    less_trusted_services: Collection[str] = ()
    distrusted_services: Collection[str] = frozenset()
    read_own_sites: Callable[[], OwnSites] = OwnSites
    read_leave_progress: Callable[[Connection], Sequence[LeaveProgress]] | None = None
    read_returned: Callable[[Connection], Sequence[ReturnedOriginal]] | None = None
    acknowledged: Mapping[int, Acknowledgement] = field(default_factory=dict)
    plan_fixes: PlanFixes | None = None
    min_confidence: float = 1.0
