"""A page that is gone: what is kept of it, and how the pages that may be it now compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crawler.http.urls import link_key
from crawler.moves.candidates import MoveCandidate
from crawler.moves.scoring import make_proposal, rank_proposals
from crawler.moves.url_rules import KnownMove
from crawler.page_text import TextSimilarity, containment, shingles
from crawler.page_text.similarity import Shingles
from crawler.reading.page_cache import ReadPage
from store.vocabulary import EvidenceKind, MoveEvidence, MoveProposal, PageEvidence, SearchOutcome
from store.work.searches import SearchTask

_TRUSTED = 0.8  # of the old text: a page that has so much of it moved there, whatever else is asked for its proposal


@dataclass(slots=True)
class _Weighed:
    """A living page held against the one that is gone; `likeness` None: not yet, or there was nothing to control it by."""

    url: str
    likeness: TextSimilarity | None
    evidence: dict[MoveEvidence, None]


@dataclass(slots=True)
class LostPage:
    """One broken link while its new address is looked for."""

    task: SearchTask
    title: str = ""
    shingles: Shingles = frozenset()
    digest: str = ""
    canonical: str = ""
    baseline_url: str = ""
    redirects: dict[str, str] = field(
        default_factory=dict
    )  # where archived ones led, and the snapshot that shows it
    inconclusive_reason: str = ""  # why something was not asked that could have told more
    examined: set[str] = field(default_factory=set)
    compared: dict[str, _Weighed] = field(default_factory=dict)

    @property
    def has_baseline(self) -> bool:
        """Whether anything is known that pages can be held against."""
        return bool(self.shingles or self.digest)

    def use_memento(self, memento: ReadPage, url: str) -> None:
        """Take a memento as what is kept of the page."""
        self.title, self.shingles, self.digest = (
            memento.text.title or memento.text.heading,
            memento.main_shingles or memento.text_shingles,
            memento.digest,
        )
        self.canonical, self.baseline_url = memento.text.canonical, url

    def use_probed_page(self, seen: PageEvidence) -> None:
        """Take what our own probes saw."""
        self.title, self.shingles, self.canonical, self.baseline_url = (
            seen.title,
            shingles(seen.text),
            seen.canonical,
            self.task.url,
        )

    def is_unexamined(self, candidate: MoveCandidate) -> bool:
        """Whether a candidate is still to be looked at; what speaks for one that was looked at already is added to it."""
        key = link_key(candidate.url)
        if known := self.compared.get(key):
            known.evidence.update(dict.fromkeys(candidate.evidence))
        return key not in self.examined

    def compare(
        self, candidate: MoveCandidate, page: ReadPage, controls: Sequence[ReadPage] | None
    ) -> None:
        """Hold a living page against what is kept of this one. `controls` are other pages of its site; None: none could be had."""
        likeness = None
        if self.digest:
            likeness = TextSimilarity(1.0 if self.digest == page.digest else 0.0, 1)
        elif controls:
            likeness = containment(
                self.shingles,
                page.text_shingles,
                page.main_shingles,
                controls=[control.text_shingles for control in controls],
            )
        evidence = dict.fromkeys(candidate.evidence)
        known = self.compared.setdefault(link_key(page.url), _Weighed(page.url, likeness, {}))
        known.evidence.update(evidence)

    def proposals(self) -> Sequence[MoveProposal]:
        """What can be proposed by now, the most trusted first."""
        return rank_proposals(
            (
                make_proposal(
                    MoveCandidate(each.url, tuple(each.evidence)),
                    each.url,
                    each.likeness,
                    self.baseline_url,
                ),
                each.likeness,
            )
            for each in self.compared.values()
        )

    def is_found(self, enough: float) -> bool:
        """Whether one of the proposals is trusted enough to look no further."""
        return any(proposal.confidence >= enough for proposal in self.proposals())

    def moves(self) -> Iterable[KnownMove]:
        """Where this page, as far as is known, moved to: others of its site may have moved by the same rule."""
        yield from (KnownMove(self.task.url, url) for url in self.redirects)
        for proposal in self.proposals()[:1]:
            if proposal.similarity is not None and proposal.similarity >= _TRUSTED:
                yield KnownMove(self.task.url, proposal.url)

    def known_candidates(self) -> Iterable[MoveCandidate]:
        """The addresses that what is kept of this page names."""
        for url, snapshot in self.redirects.items():
            yield MoveCandidate(url, (MoveEvidence(EvidenceKind.REDIRECT, snapshot),))
        if self.canonical:
            yield MoveCandidate(
                self.canonical, (MoveEvidence(EvidenceKind.CANONICAL, self.baseline_url),)
            )

    def outcome(self) -> SearchOutcome:
        """What the search came to."""
        if self.proposals():
            return SearchOutcome.FOUND
        if self.inconclusive_reason:
            return SearchOutcome.UNKNOWN
        return SearchOutcome.NONE if self.has_baseline else SearchOutcome.NO_BASELINE
