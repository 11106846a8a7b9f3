"""Keep the state of the search for one lost page: its baseline, and the pages compared with it.

This module requests nothing: `crawler.moves.site_search` reads the pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from crawler.http.urls import link_key
from crawler.moves.candidates import MoveCandidate
from crawler.moves.scoring import make_proposal, rank_proposals
from crawler.moves.url_rules import KnownMove
from crawler.page_text.similarity import Shingles, TextSimilarity, containment, shingles
from crawler.reading import ParsedPage
from store.vocabulary import EvidenceKind, MoveEvidence, MoveProposal, PageEvidence, SearchOutcome
from store.work.searches import SearchTask

# From this share of the old text on, a page has certainly moved, and rules are learned from it.
_MIN_SHARE_OF_MOVE = 0.8


@dataclass(slots=True)
class _ComparedPage:
    """A living page that was compared with the lost one.

    Attributes:
        url: Its URL.
        similarity: How much of the lost page's text it has; None if there was no control page.
        evidence: The evidence for it, as the keys of a dictionary, which keeps their order.
    """

    url: str
    similarity: TextSimilarity | None
    evidence: dict[MoveEvidence, None] = field(default_factory=dict)


@dataclass(slots=True)
class LostPage:
    """One broken link while its new address is searched for.

    The baseline is the known content of the page: a memento, or what an earlier probe saw.

    Attributes:
        task: The broken link.
        title: The baseline's title.
        shingles: The shingles of the baseline's text.
        digest: The SHA-256 of the baseline's bytes, if it is a file without text; else "".
        canonical: The canonical URL that the baseline names.
        baseline_url: Where the baseline comes from.
        redirects: The targets of archived redirects of the page, each with the snapshot's URL.
        inconclusive_reason: Why the search is incomplete: a request that was not made, or got no
            usable response. "" if it is complete.
        examined: The link keys of the candidates that were read.
        compared: The pages compared with the baseline, by link key.
        page_keys: The link keys of these pages, by those of the candidates for which they were read
            and which may redirect to them.
    """

    task: SearchTask
    title: str = ""
    shingles: Shingles = frozenset()
    digest: str = ""
    canonical: str = ""
    baseline_url: str = ""
    redirects: dict[str, str] = field(default_factory=dict)
    inconclusive_reason: str = ""
    examined: set[str] = field(default_factory=set)
    compared: dict[str, _ComparedPage] = field(default_factory=dict)
    page_keys: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The broken link's URL."""
        return self.task.url

    @property
    def has_baseline(self) -> bool:
        """True if there is a baseline with which pages can be compared."""
        return bool(self.shingles or self.digest)

    def use_memento(self, memento: ParsedPage, url: str) -> None:
        """Use a memento as the baseline."""
        self.title = memento.text.title or memento.text.heading
        self.shingles = memento.main_shingles or memento.text_shingles
        self.digest = memento.digest
        self.canonical, self.baseline_url = memento.text.canonical, url

    def use_probed_page(self, page: PageEvidence) -> None:
        """Use the evidence of an earlier probe as the baseline."""
        self.title, self.shingles = page.title, shingles(page.text)
        self.canonical, self.baseline_url = page.canonical, self.url

    def add_evidence(self, candidate: MoveCandidate) -> None:
        """Add a candidate's evidence to that of its page, if the page was compared before."""
        key = link_key(candidate.url)
        if compared := self.compared.get(self.page_keys.get(key, key)):
            compared.evidence.update(dict.fromkeys(candidate.evidence))

    def is_examined(self, candidate: MoveCandidate) -> bool:
        """Return whether the page of a candidate was read already."""
        return link_key(candidate.url) in self.examined

    def compare(
        self, candidate: MoveCandidate, page: ParsedPage, controls: Sequence[ParsedPage]
    ) -> None:
        """Compare a living page with the baseline.

        Args:
            candidate: The candidate the page was read for, with the evidence for it.
            page: The page.
            controls: Other pages of its site; empty if there are none.
        """
        key = self.page_keys[link_key(candidate.url)] = link_key(page.url)
        if key not in self.compared:
            self.compared[key] = _ComparedPage(page.url, self._similarity(page, controls))
        self.compared[key].evidence.update(dict.fromkeys(candidate.evidence))

    def add_uncompared(self, candidate: MoveCandidate, url: str) -> None:
        """Add a living page without comparing its text; it becomes a proposal by its evidence.

        Args:
            candidate: The candidate, with the evidence for it.
            url: The URL at which its page is served.
        """
        compared = self.compared.setdefault(link_key(url), _ComparedPage(url, None))
        compared.evidence.update(dict.fromkeys(candidate.evidence))

    def proposals(self) -> Sequence[MoveProposal]:
        """Return proposals of the pages compared so far, by descending confidence."""
        proposals = []
        for page in self.compared.values():
            candidate = MoveCandidate(page.url, tuple(page.evidence))
            proposal = make_proposal(candidate, page.url, page.similarity, self.baseline_url)
            proposals.append((proposal, page.similarity))
        return rank_proposals(proposals)

    def is_found(self, min_confidence: float) -> bool:
        """Return whether a proposal has enough confidence to end the search."""
        return any(proposal.confidence >= min_confidence for proposal in self.proposals())

    def moves(self) -> Iterator[KnownMove]:
        """Yield the known moves of this page; other pages may have moved by the same rule."""
        yield from (KnownMove(self.url, url, self.title) for url in self.redirects)
        for proposal in self.proposals()[:1]:
            if proposal.similarity is not None and proposal.similarity >= _MIN_SHARE_OF_MOVE:
                yield KnownMove(self.url, proposal.url, self.title)

    def known_candidates(self) -> Iterable[MoveCandidate]:
        """Yield the targets of archived redirects and the baseline's canonical URL."""
        for url, snapshot in self.redirects.items():
            yield MoveCandidate(url, (MoveEvidence(EvidenceKind.REDIRECT, snapshot),))
        if self.canonical:
            evidence = MoveEvidence(EvidenceKind.CANONICAL, self.baseline_url)
            yield MoveCandidate(self.canonical, (evidence,))

    def outcome(self) -> SearchOutcome:
        """Return the outcome of the search."""
        if self.proposals():
            return SearchOutcome.FOUND
        if self.inconclusive_reason:
            return SearchOutcome.UNKNOWN
        return SearchOutcome.NONE if self.has_baseline else SearchOutcome.NO_BASELINE

    def _similarity(
        self, page: ParsedPage, controls: Sequence[ParsedPage]
    ) -> TextSimilarity | None:
        if self.digest:
            return TextSimilarity(1.0 if self.digest == page.digest else 0.0, 1)
        if not controls:
            return None
        return containment(
            self.shingles,
            page.text_shingles,
            page.main_shingles,
            controls=[control.text_shingles for control in controls],
        )
