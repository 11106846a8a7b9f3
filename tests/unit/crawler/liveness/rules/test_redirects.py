"""Test redirects: their targets, home pages, and the judgement of chains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from crawler.liveness import SiteKnowledge, judge, next_hop
from crawler.liveness.rules.redirects import is_home_page
from store.vocabulary import PageEvidence, Probe, ProbeRequest, Reason
from tests.unit.crawler.liveness.probes import FILLER, URL, html, probe, redirected, response


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://other.example/x", "https://other.example/x"),
        ("//other.example/x", "https://other.example/x"),
        ("/x", "https://example.org/x"),
        ("x", "https://example.org/2014/01/x"),
        ("../x", "https://example.org/2014/x"),
        ("?page=2", "https://example.org/2014/01/news.html?page=2"),
        (" /x ", "https://example.org/x"),
        ("/a b", "https://example.org/a%20b"),
        ("\\\\other.example\\x", "https://other.example/x"),
        ("https://例え.jp/微信", "https://xn--r8jz45g.jp/%E5%BE%AE%E4%BF%A1"),
        ("/微信".encode().decode("latin-1"), "https://example.org/%E5%BE%AE%E4%BF%A1"),
        ("/caf\xe9", "https://example.org/caf%C3%A9"),
        ("/x#part", "https://example.org/x#part"),
        ("", None),
        ("http://[nonsense/", None),
        ("mailto:a@example.org", None),
        ("javascript:void(0)", None),
        ("file:///etc/passwd", None),
    ],
)
def test_location_is_resolved_as_browsers_do(location: str, target: str | None) -> None:
    assert next_hop(response(302, headers={"location": location})) == target


@pytest.mark.parametrize(
    ("status", "is_redirect"),
    [
        (300, True),
        (301, True),
        (302, True),
        (303, True),
        (307, True),
        (308, True),
        (200, False),
        (201, False),
        (304, False),
        (404, False),
    ],
)
def test_only_redirects_have_a_next_hop(status: int, *, is_redirect: bool) -> None:
    assert (next_hop(response(status, headers={"location": "/x"})) is not None) is is_redirect


def test_fragment_is_inherited_unless_location_has_one() -> None:
    requested = URL + "#part"
    assert (
        next_hop(response(301, requested, headers={"location": "/x"}))
        == "https://example.org/x#part"
    )
    assert (
        next_hop(response(301, requested, headers={"location": "/x#other"}))
        == "https://example.org/x#other"
    )


def test_meta_refresh_is_followed_unless_it_reloads_the_page() -> None:
    assert (
        next_hop(response(200), PageEvidence(refresh="https://example.org/new"))
        == "https://example.org/new"
    )
    assert next_hop(response(200), PageEvidence(refresh=URL)) is None
    assert next_hop(response(404), PageEvidence(refresh="https://example.org/")) is None


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "/index.html",
        "/index.php",
        "/default.aspx",
        "/?utm_source=x",
        "/?lang=de",
        "/en",
        "/en/",
        "/zh-CN/",
        "/pt_br/index.html",
        "/home",
        "/en/home",
        "/de-at/startseite.html",
        "/?ref=",
        "/#top",
    ],
)
def test_home_pages_are_recognised(rest: str) -> None:
    assert is_home_page("https://example.org" + rest)


@pytest.mark.parametrize(
    "rest",
    [
        "/?p=12",
        "/a",
        "/faq",
        "/tv/",
        "/en/a",
        "/english",
        "/homework",
        "/index/a",
        "/~bob/",
        "/start",
        "/?12",
        "/?article=",
        "/en.html",
        "/enhome",
    ],
)
def test_other_pages_are_no_home_pages(rest: str) -> None:
    assert not is_home_page("https://example.org" + rest)


@pytest.mark.parametrize(
    ("cited", "final"),
    [
        ("https://example.org/a/b", "https://example.org/"),
        ("http://www.example.org/a/b", "https://example.org/index.html"),
        ("https://example.org/?p=12", "https://example.org/"),
        ("https://example.org/en/a", "https://example.org/en/"),
        ("https://example.org/a", "https://example.org/zh-cn/"),
        ("https://news.example.org/a", "https://www.example.org/"),
        ("https://m.example.org/a", "https://example.org/?from=mobile"),
    ],
)
@pytest.mark.parametrize("code", [301, 302])
def test_a_deep_url_redirected_to_its_home_page_is_broken(
    cited: str, final: str, code: int
) -> None:
    assert judge(redirected((code, cited), final=final)).reason is Reason.REDIRECTED_TO_HOME


@pytest.mark.parametrize(
    ("cited", "final"),
    [
        ("https://example.org/", "https://example.org/en/"),  # a root that was cited as one
        ("https://example.org/index.php", "https://example.org/en/"),
        ("https://example.org/en/", "https://example.org/"),
        ("https://blog.example.org/", "https://example.org/"),
        ("https://t.example/AbC", "https://example.org/"),  # a short link
        ("https://people.example.edu/~bob/", "https://bob.example.org/"),
        (
            "https://example.org/blog/",
            "https://blog.example.org/",
        ),  # a part of the site that has its own host
        ("https://example.org/departments/it/", "https://example.org/it/"),
        ("https://example.org/a", "https://example.org/?article=12"),
        ("https://example.org/start-here", "https://example.org/start"),
    ],
)
def test_redirects_to_a_root_that_may_be_the_cited_page_are_not_broken(
    cited: str, final: str
) -> None:
    assert judge(redirected((301, cited), final=final)).reason is Reason.MOVED_PERMANENTLY


def test_a_redirect_to_a_fragment_route_is_not_to_the_home_page() -> None:
    seen = probe(
        response(301, headers={"location": "/#/2014/01/news"}),
        response(200, "https://example.org/", hop=1),
    )
    assert judge(seen).reason is Reason.MOVED_PERMANENTLY


def test_a_foreign_root_that_a_whole_host_redirects_to_is_broken() -> None:
    seen, target = (
        redirected((301, URL), final="https://portal.example/"),
        "https://portal.example/",
    )
    assert judge(seen).reason is Reason.REDIRECTED_TO_HOME
    short = redirected((301, "https://t.example/AbC"), final=target)
    for links, reason in ((2, Reason.MOVED_PERMANENTLY), (3, Reason.REDIRECTED_TO_HOME)):
        assert judge(short, SiteKnowledge(shared_targets={target: links})).reason is reason


REDIRECTS_TO_A_ROOT: Mapping[str, tuple[str, str, bool]] = {
    "another site": ("https://example.org/a/b", "https://other.example/", True),
    "another site, in a language": ("https://example.org/a/b", "https://other.example/en/", True),
    "a page called like a language": ("https://example.org/a/b", "https://other.example/en", False),
    "the same name elsewhere": ("https://example.org/a/b", "https://example.com/", True),
    "a sister site": ("https://docs.example.org/a/b", "https://shop.example.org/", True),
    "a page by its number": ("https://example.org/?p=12", "https://other.example/", True),
    "a shortener": ("https://bit.ly/2AbCdEf", "https://other.example/", False),
    "a shortener with folders": ("https://doi.org/10.1000/182", "https://other.example/", False),
    "a short code": ("https://hbr.st/x1", "https://other.example/", False),
    "a door out of a forum": ("https://forum.example.org/go/182", "https://other.example/", False),
    "a door out with its target": ("https://example.org/a.php?to=https%3A%2F%2Fb.test", "https://b.test/", False),
    "a person's own site": ("https://example.org/~bob/", "https://bob.example/", False),
    "a person's site under another name": ("https://example.org/~bob/", "https://robert.example/", False),
    "a page of a person": ("https://example.org/~bob/poems.html", "https://robert.example/", True),
    "a project's own site": ("https://example.org/projects/reef/index.html", "https://www.reef.example/", False),
    "a page of a project": ("https://example.org/projects/reef/faq.html", "https://www.reef.example/", True),
    "a home page": ("https://example.org/", "https://other.example/", False),
}  # fmt: skip


@pytest.mark.parametrize(
    ("cited", "final", "lost"), REDIRECTS_TO_A_ROOT.values(), ids=REDIRECTS_TO_A_ROOT
)
@pytest.mark.parametrize("code", [301, 302])
def test_a_deep_link_redirected_to_the_root_of_another_site_is_broken(
    cited: str, final: str, code: int, *, lost: bool
) -> None:
    found = judge(redirected((code, cited), final=final)).reason
    assert (found is Reason.REDIRECTED_TO_HOME) is lost


def test_a_home_page_with_the_archived_text_is_alive() -> None:
    page = html("Harbour lights", FILLER * 4)
    seen = redirected((301, URL), final="https://other.example/", evidence=page)
    assert judge(seen).reason is Reason.REDIRECTED_TO_HOME
    assert judge(seen, SiteKnowledge(archived=page)).reason is Reason.MOVED_PERMANENTLY


def test_the_detail_of_a_move_names_the_archived_text() -> None:
    page = html("Harbour lights", FILLER * 4)
    seen = redirected((301, URL), final="https://other.example/2020/lights", evidence=page)
    found = judge(seen, SiteKnowledge(archived=page))
    assert (found.reason, found.target) == (
        Reason.MOVED_PERMANENTLY,
        "https://other.example/2020/lights",
    )
    assert found.detail.endswith("which shows the archived text")


def test_redirects_of_a_remapped_url_are_no_move() -> None:
    redirect = redirected(
        (301, "https://staging.example/news"), final="https://staging.example/2026/news"
    )
    assert judge(redirect).reason is Reason.MOVED_PERMANENTLY
    remapped = judge(replace(redirect, url="https://example.org/news"))
    assert (remapped.reason, remapped.target) == (Reason.REDIRECTED_TEMPORARILY, None)
    assert "https://staging.example/2026/news" in remapped.detail
    canonicalised = redirected(
        (301, "https://staging.example/news"), final="https://staging.example/news/"
    )
    assert (
        judge(replace(canonicalised, url="https://example.org/news")).reason is Reason.CANONICALISED
    )
    assert (
        judge(replace(redirect, url="https://STAGING.example:443/news")).reason
        is Reason.MOVED_PERMANENTLY
    )


NEW = "https://example.org/2026/news.html"
HOME = "https://example.org/"


def hops(number: int) -> list[ProbeRequest]:
    return [
        response(302, f"https://example.org/{hop}", headers={"location": f"/{hop + 1}"}, hop=hop)
        for hop in range(number)
    ]


CHAINS: Mapping[str, tuple[Probe, Reason, str, str | None]] = {
    "into an application": (probe(response(302, headers={"location": " WeiXin://dl/business"})), Reason.UNSUPPORTED_SCHEME, "redirects to weixin:", None),
    "to an address without a host": (
        probe(response(302, headers={"location": "http://[nonsense/"})),
        Reason.BAD_RESPONSE,
        "302 without a Location that can be followed",
        None,
    ),
    "to such an address, encrypted": (
        probe(response(307, headers={"location": "HTTPS://[nonsense/"})),
        Reason.BAD_RESPONSE,
        "307 without a Location that can be followed",
        None,
    ),
    "no Location": (probe(response(301)), Reason.BAD_RESPONSE, "301 without a Location that can be followed", None),
    "to itself": (probe(response(302, headers={"location": URL})), Reason.REDIRECT_LOOP, f"back to {URL}", None),
    "to a part of itself": (probe(response(302, headers={"location": URL + "#part"})), Reason.REDIRECT_LOOP, f"back to {URL}#part", None),
    "back to the start": (
        probe(response(302, headers={"location": NEW}), response(302, NEW, headers={"location": URL}, hop=1)),
        Reason.REDIRECT_LOOP,
        f"back to {URL}",
        None,
    ),
    "not followed": (probe(response(302, headers={"location": NEW})), Reason.INTERRUPTED, f"the redirect to {NEW} was not followed", None),
    "twenty redirects, not followed": (probe(*hops(20)), Reason.INTERRUPTED, "the redirect to https://example.org/20 was not followed", None),
    "more redirects than browsers follow": (probe(*hops(21)), Reason.TOO_MANY_REDIRECTS, "more than 20 redirects", None),
    "several choices": (probe(response(300)), Reason.OK, "", None),
    "several choices and one preferred": (
        probe(response(300, headers={"location": NEW})),
        Reason.INTERRUPTED,
        f"the redirect to {NEW} was not followed",
        None,
    ),
    "home": (redirected((302, URL), final=HOME), Reason.REDIRECTED_TO_HOME, f"at {HOME}", None),
    "home, after a hop": (redirected((302, URL), (302, NEW), final=HOME), Reason.REDIRECTED_TO_HOME, f"at {HOME}", None),
    "moved": (redirected((301, URL), final=NEW), Reason.MOVED_PERMANENTLY, f"to {NEW}", NEW),
    "moved, and for now elsewhere": (redirected((301, URL), (302, HOME + "a"), final=NEW), Reason.REDIRECTED_TEMPORARILY, f"to {NEW}", NEW),
    "moved after being tidied for now": (redirected((302, "http" + URL[5:]), (308, URL), final=NEW), Reason.MOVED_PERMANENTLY, f"to {NEW}", NEW),
    "moved, and not modified": (redirected((301, URL), final=NEW, status=304), Reason.OK, "", None),
    "home, and not modified": (redirected((301, URL), final=HOME, status=304), Reason.OK, "", None),
    "for now": (redirected((307, URL), final=NEW), Reason.REDIRECTED_TEMPORARILY, f"to {NEW}", NEW),
    "tidied": (redirected((301, "http" + URL[5:]), final=URL), Reason.CANONICALISED, f"as {URL}", None),
    "bounced for a cookie": (redirected((302, URL), (302, NEW), final=URL), Reason.OK, "", None),
    "asked in place of the cited one": (
        replace(redirected((301, URL), final=NEW), url="https://cited.example/news"),
        Reason.REDIRECTED_TEMPORARILY,
        f"to {NEW}, from {URL}",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "reason", "detail", "target"), CHAINS.values(), ids=CHAINS)
def test_reason_and_detail_of_redirect_chains(
    seen: Probe, reason: Reason, detail: str, target: str | None
) -> None:
    judgement = judge(seen)
    assert (judgement.reason, judgement.detail, judgement.target) == (reason, detail, target)


def test_a_meta_refresh_to_the_home_page_is_a_redirect_to_it() -> None:
    seen = probe(
        response(200),
        response(200, HOME, hop=1),
        evidence=PageEvidence(title="Harbour news", text="Boats. " * 300),
    )
    assert judge(seen).reason is Reason.REDIRECTED_TO_HOME


@pytest.mark.parametrize(
    ("cited", "final", "home"),
    [
        ("https://news.example.org/a", "https://example.org/", True),
        ("https://notexample.org/a", "https://example.org/", True),  # another site's
        ("https://t.example/a", "https://example.org/", False),
        ("https://www.example.org/a", "https://example.org/", True),
        ("https://example.org/a", "https://www.example.org/", True),
        (
            "https://example.org/en/a",
            "https://example.org/en/",
            True,
        ),  # the home page of its language
        ("https://example.org/a/EN/b", "https://example.org/en/", False),
        ("https://example.org/a/b/%65n/", "https://example.org/en/", False),
        ("https://example.org/a/b/c", "https://example.org/en/", True),
    ],
)
def test_a_redirect_to_a_folder_of_the_cited_url_is_no_redirect_to_home(
    cited: str, final: str, *, home: bool
) -> None:
    assert (
        judge(redirected((301, cited), final=final)).reason is Reason.REDIRECTED_TO_HOME
    ) is home
