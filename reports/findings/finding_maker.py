"""Make the findings of a report from stored links."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from reports.findings.todo import to_do_action
from reports.mirror_choice import best_mirror, best_mirror_among, full_capture, is_covered
from reports.model import (
    Acknowledgement,
    Action,
    Finding,
    FixPlan,
    OrdinaryFinding,
    UnfixedPlace,
)
from reports.own_sites import OWN_PAGE, OwnSites
from reports.redaction import cited_addresses, mask_link, mask_requests, mask_secrets
from store.queries.link_records import LinkFinding
from store.queries.ordinary_links import OrdinaryLink
from store.vocabulary import FAILING_STATES, ArchiveRefusal, Role
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal


class FindingMaker(Struct, frozen=True, kw_only=True):
    """Makes the findings of one report.

    Attributes:
        since: The id of the run that "new" is measured against; 0 counts all findings as new.
        acknowledged: Acknowledgements by the ids of links and mirrors.
        new_addresses: Addresses to which links moved, trusted enough for `holdfast fix`, by the
            ids of links.
        distrusted: Services whose copies are the last choice.
        refusals: The reasons why public archives may not copy pages, by the ids of links.
        read_own_sites: Returns the sites of the wiki itself. It is called for failing links only.
        plan_fixes: Returns the fixes of `holdfast fix` for the to-do list, by URL. It is called for
            findings on that list only. None makes findings without a plan.
    """

    since: int = 0
    acknowledged: Mapping[int, Acknowledgement] = field(default_factory=dict)
    new_addresses: Mapping[int, str] = field(default_factory=dict)
    distrusted: Collection[str] = frozenset()
    refusals: Mapping[int, ArchiveRefusal] = field(default_factory=dict)
    read_own_sites: Callable[[], OwnSites] = OwnSites
    plan_fixes: Callable[[], Mapping[str, FixPlan]] | None = None

    def make(
        self,
        found: LinkFinding,
        proposals: Sequence[StoredProposal] = (),
        drift: DriftFinding | None = None,
    ) -> Finding:
        """Return the finding of a link, with masked secrets.

        Args:
            found: The link as stored.
            proposals: Addresses to which it possibly moved, the most trusted first.
            drift: How its page differs from what was cited, if it does.
        """
        cited = cited_addresses(found)
        link = mask_link(found, cited)
        new_address = self.new_addresses.get(link.id)
        if new_address is not None and mask_secrets(new_address, cited) != new_address:
            new_address = None  # `holdfast fix` writes no secret to a page
        is_failing_link = link.role is Role.LINK and link.tracked_state.state in FAILING_STATES
        is_own = is_failing_link and found.url in self.read_own_sites()
        best = None if is_own else best_mirror(link, self.distrusted)
        if best is not None:
            best = full_capture(best)
        finding = Finding(
            link=link,
            new=self._is_new(link.changed_run_id),
            best_mirror=best,
            covered=is_covered(link),
            proposals=tuple(mask_secrets(proposal, cited) for proposal in proposals),
            drift=mask_secrets(drift, cited) if drift else None,
            new_address=new_address,
            acknowledgement=self.acknowledged.get(link.id),
            refusal=self.refusals.get(link.id),
            is_own=is_own,
        )
        if is_own and new_address is None:
            return replace(finding, fix_plan=_plan_for_own_page(link))
        if self.plan_fixes is not None and to_do_action(finding) is Action.FIX:
            plan = self.plan_fixes().get(found.url, FixPlan())
            return replace(finding, fix_plan=plan)
        return finding

    def make_ordinary(self, link: OrdinaryLink) -> OrdinaryFinding:
        """Return the finding of an ordinary link, whose texts need no masking.

        Such a link does not fail, and a table shows only a few fields of it (`OrdinaryFinding`).
        """
        return OrdinaryFinding(
            link=link,
            new=self._is_new(link.changed_run_id),
            best_mirror=best_mirror_among(link.mirrors, link.citations, self.distrusted),
            requests=mask_requests(link.requests) if link.requests else (),
        )

    def _is_new(self, changed_run_id: int | None) -> bool:
        return changed_run_id is not None and changed_run_id > self.since


def _plan_for_own_page(link: LinkFinding) -> FixPlan:
    """Return the plan for a page of the wiki's own site, which `holdfast fix` does not fix."""
    places = (place for place in link.citations if place.mirror_id is None)
    return FixPlan(
        unfixed=tuple(
            UnfixedPlace(page=place.page, line=place.line, reason=OWN_PAGE) for place in places
        )
    )
