"""Test the evidence that the search for one lost page collects."""

from __future__ import annotations

from crawler.liveness import make_judgement
from crawler.moves.candidates import MoveCandidate
from crawler.moves.lost_page import LostPage
from crawler.page_text.main_text import PageText
from crawler.reading import ParsedPage
from store.vocabulary import EvidenceKind, MoveEvidence, Reason
from store.work.searches import SearchTask

LISTED, PAGE = "http://a.example/new/harbour", "https://a.example/new/harbour/"


def test_later_evidence_counts_for_the_page_to_which_a_candidate_redirects() -> None:
    url = "http://a.example/harbour.html"
    task = SearchTask(link_id=1, url=url, host="a.example", mementos=(), page_evidence=None)
    lost = LostPage(task)
    by_name = MoveEvidence(EvidenceKind.SAME_NAME, "https://a.example/sitemap.xml")
    by_title = MoveEvidence(EvidenceKind.TITLE, "“Harbour” on https://a.example/")
    page = ParsedPage(url=PAGE, judgement=make_judgement(Reason.MOVED_PERMANENTLY), text=PageText())
    lost.compare(MoveCandidate(LISTED, (by_name,)), page, ())
    lost.add_evidence(MoveCandidate(LISTED, (by_title,)))
    (proposal,) = lost.proposals()
    assert proposal.url == PAGE
    assert set(proposal.evidence) == {by_name, by_title}
