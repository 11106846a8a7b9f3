"""Test that judging any response returns the same verdict every time, and raises no error."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.archives.mirror_urls import parse_mirror
from crawler.liveness import READ_HEADERS, SiteKnowledge, judge, judge_mirror, needs_get
from store.vocabulary import VERDICT_OF, Fault, PageEvidence, Probe, ProbeRequest, Role, Verdict
from tests.unit.crawler.liveness.probes import NOW

URLS = st.sampled_from(
    [
        "https://example.org/",
        "https://example.org/2014/01/news.html?id=1",
        "https://www.example.org/404",
        "https://xn--r8jz45g.jp/%E5%BE%AE%ff%",
        "http://[::1]:8080/login",
        "https://mp.weixin.qq.com/s/AbC",
        "https://web.archive.org/web/20140105120000id_/https://example.org/a",
        "https://web.archive.org/web/2014/",
        "https://archive.ph/AbCdE",
    ]
)
WORDS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "404 Not Found",
            "Page not found - Site",
            "抱歉，您访问的页面不存在",
            "Just a moment...",
            "example.org is for sale",
            '«»"“',
            "a" * 2000,
        ]
    ),
)
HEADERS = st.dictionaries(st.sampled_from(sorted(READ_HEADERS)), st.one_of(WORDS, URLS), max_size=4)
REQUESTS = st.builds(
    lambda url, method, outcome, headers, hop: ProbeRequest(
        method=method,
        url=url,
        at=NOW,
        elapsed_ms=1,
        status=outcome if isinstance(outcome, int) else None,
        fault=None if isinstance(outcome, int) else outcome,
        headers=headers,
        hop=hop,
    ),
    URLS,
    st.sampled_from(["GET", "HEAD"]),
    st.one_of(
        st.integers(100, 999), st.sampled_from([200, 301, 302, 403, 404]), st.sampled_from(Fault)
    ),
    HEADERS,
    st.integers(0, 3),
)
PAGES = st.builds(
    PageEvidence,
    title=WORDS,
    text=WORDS,
    simhash=st.one_of(st.none(), st.integers(0, 2**64 - 1)),
    canonical=st.one_of(st.just(""), URLS),
    robots=WORDS,
    password_field=st.booleans(),
    fragment_found=st.sampled_from([None, True, False]),
    html_markers=st.sampled_from(
        [(), ("captcha",), ("wall-cloudflare",), ("parked",), ("paywalled", "app-shell")]
    ),
)
PROBES = st.builds(
    lambda url, requests, evidence: Probe(
        url=url,
        role=Role.LINK,
        started_at=NOW,
        finished_at=NOW,
        requests=tuple(requests),
        evidence=evidence,
    ),
    URLS,
    st.lists(REQUESTS, max_size=5),
    st.one_of(st.none(), PAGES),
)
SITES = st.builds(
    SiteKnowledge,
    sibling=st.one_of(st.none(), PROBES),
    shared_targets=st.dictionaries(URLS, st.integers(0, 9)),
    archived=st.one_of(st.none(), PAGES),
)


@given(PROBES, SITES)
def test_any_probe_is_judged(probe: Probe, site: SiteKnowledge) -> None:
    judgement = judge(probe, site)
    assert judgement.verdict is VERDICT_OF[judgement.reason]
    assert judge(probe, site) == judgement


@given(PROBES)
def test_any_probe_that_ends_with_head_breaks_no_link(probe: Probe) -> None:
    if (
        probe.requests
        and probe.requests[-1].method == "HEAD"
        and probe.requests[-1].status is not None
    ):
        judgement = judge(probe)
        assert judgement.verdict not in {Verdict.BROKEN, Verdict.BLOCKED}
        assert needs_get(probe) or judgement.verdict is Verdict.ALIVE


@given(PROBES)
def test_any_probe_of_a_mirror_is_judged(probe: Probe) -> None:
    address = parse_mirror(probe.url) or parse_mirror(
        "https://web.archive.org/web/20140105120000/https://example.org/a"
    )
    assert address is not None
    judgement = judge_mirror(probe, address)
    assert judgement.verdict is VERDICT_OF[judgement.reason]
    assert judge_mirror(probe, address) == judgement
