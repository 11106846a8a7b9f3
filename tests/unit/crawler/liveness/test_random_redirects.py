"""Test redirects of random URLs: which are the cited page's, and which say nothing about it."""

from __future__ import annotations

import pytest

from crawler.liveness import SiteKnowledge, judge, sibling_url
from crawler.liveness.rules.random_urls import shares_id
from store.vocabulary import PageEvidence, Probe, ProbeRequest, Reason, Verdict
from tests.unit.crawler.liveness.probes import html, probe, redirected, response, served
from tests.web.prose import paragraphs

ROOT = "https://example.org"
CITED = f"{ROOT}/people/wermuth.html"
TARGET = f"{ROOT}/people/"
RANDOM = f"{ROOT}/people/{'q' * 25}"
ALL = html("People of the institute", " ".join(paragraphs(6)))
OTHER = html("Another text", " ".join(paragraphs(5, count=5)))
HOME = served(html("The institute", " ".join(paragraphs(9, count=3))), f"{ROOT}/")


def known(random_page: Probe, archived: PageEvidence | None = None) -> SiteKnowledge:
    """Return the knowledge of a site with a response to a random URL."""
    return SiteKnowledge(sibling=random_page, home=HOME, archived=archived)


def led(
    target: str,
    *,
    status: int = 301,
    location: str = "",
    cited: str = CITED,
    page: PageEvidence = ALL,
) -> Probe:
    """Return a probe of a URL that was redirected to `target` by a Location that may differ."""
    first: ProbeRequest = response(status, cited, headers={"location": location or target})
    return probe(first, response(200, target, hop=1), evidence=page)


def test_a_redirect_of_any_address_to_one_page_is_a_soft_404() -> None:
    at_random = redirected((301, RANDOM), final=TARGET, evidence=ALL)
    assert judge(led(TARGET), known(at_random)).reason is Reason.SOFT_404


@pytest.mark.parametrize(
    "cited",
    [
        led(TARGET, location=f"{TARGET}#wermuth"),
        led(TARGET, status=302),
        led(TARGET, status=200),
    ],
    ids=["to a part of the page", "for now", "by a page"],
)
def test_a_redirect_that_differs_from_that_of_any_address_was_made_for_the_page(
    cited: Probe,
) -> None:
    at_random = redirected((301, RANDOM), final=TARGET, evidence=ALL)
    assert judge(cited, known(at_random)).verdict is not Verdict.BROKEN


@pytest.mark.parametrize(
    ("cited", "target"),
    [
        (f"{ROOT}/questions/old-title-4711", f"{ROOT}/q/4711/new-title"),
        (f"{ROOT}/old/harbour-lights.php", f"{ROOT}/new/harbour-lights/"),
    ],
    ids=["the number", "the name"],
)
def test_a_redirect_to_an_address_with_the_name_of_the_page_was_made_for_it(
    cited: str, target: str
) -> None:
    at_random = redirected((301, sibling_url(cited, "q" * 25) or ""), final=target, evidence=ALL)
    assert judge(led(target, cited=cited), known(at_random)).verdict is Verdict.MOVED


def test_a_random_address_that_leads_to_the_cited_one_is_no_evidence() -> None:
    """Some sites redirect what they do not have to the most similar address that they have."""
    page = html(
        "Harbour lights", " ".join(paragraphs(5)), head='<meta name="robots" content="noindex">'
    )
    at_random = redirected((301, RANDOM), final=CITED, evidence=page)
    assert judge(served(page, CITED), known(at_random, OTHER)).verdict is Verdict.ALIVE
    through = redirected((301, RANDOM), (301, CITED), final=TARGET, evidence=ALL)
    assert judge(led(TARGET), known(through)).verdict is Verdict.MOVED


@pytest.mark.parametrize("archived", [None, OTHER])
@pytest.mark.parametrize(
    "target", ["https://consent.example.net/", "https://choices.example.net/v2/?id=1"]
)
def test_another_site_to_which_all_visitors_are_sent_for_now_may_be_a_gate(
    target: str, archived: PageEvidence | None
) -> None:
    asked = html(
        "Θέλουμε", "Το ενημερωτικό μας δελτίο. Πατήστε για να συνεχίσετε στη σελίδα σας. " * 3
    )
    at_random = redirected((302, RANDOM), final=target, evidence=asked)
    found = judge(led(target, status=302, page=asked), known(at_random, archived))
    assert found.verdict is not Verdict.BROKEN


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("https://market.example.net/?d=example.org", Reason.PARKED),
        ("https://market.example.net/sale/example.org", Reason.PARKED),
        ("https://new-example.org/sale/", Reason.HIJACKED),
    ],
)
def test_a_redirect_to_an_address_that_names_the_whole_host_is_that_of_a_market(
    target: str, reason: Reason
) -> None:
    at_random = redirected((301, RANDOM), final=target, evidence=OTHER)
    assert judge(led(target, page=OTHER), known(at_random)).reason is reason


@pytest.mark.parametrize(
    ("archived", "verdict"),
    [
        (None, Verdict.ALIVE),
        (html("Carrow | Weather", " ".join(paragraphs(7))), Verdict.ALIVE),
        (html("Harbour lights", " ".join(paragraphs(7))), Verdict.BROKEN),
    ],
    ids=["nothing archived", "archived under the same title", "archived under another title"],
)
def test_a_page_that_is_made_from_any_address_may_be_an_answer(
    archived: PageEvidence | None, verdict: Verdict
) -> None:
    def made_for(name: str) -> PageEvidence:
        weather = f"Today at {name}: {len(name)} degrees. {' '.join(paragraphs(2))}"
        return html(f"{name} | Weather", weather)

    letters = "q" * 25
    at_random = served(made_for(letters), f"{ROOT}/{letters}")
    found = judge(served(made_for("carrow"), f"{ROOT}/carrow"), known(at_random, archived))
    assert found.verdict is verdict


def test_a_page_that_differs_in_the_name_of_its_address_only_is_no_answer() -> None:
    def made_for(name: str) -> PageEvidence:
        return html(f"{name} | Bonus 100", f"All about {name}. {' '.join(paragraphs(2))}")

    letters = "q" * 25
    at_random = served(made_for(letters), f"{ROOT}/{letters}")
    found = judge(served(made_for("carrow"), f"{ROOT}/carrow"), known(at_random))
    assert found.reason is Reason.SOFT_404


def test_a_number_of_a_page_may_contain_the_digits_of_a_year() -> None:
    cited = "https://example.org/questions/421910/reef"
    assert "421910" not in (sibling_url(cited, "q" * 25) or "")
    assert shares_id(cited, "https://example.org/questions/421910/qqqq")
    for dated in ("2019", "201905", "20190503", "2019-05-03", "may-2019"):
        beside = sibling_url(f"https://example.org/{dated}/reef.html", "q" * 25)
        assert beside == f"https://example.org/{dated}/{'q' * 25}"
