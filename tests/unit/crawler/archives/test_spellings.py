"""Test which archived URLs are another spelling of the cited one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archives.interface import Trust
from crawler.archives.services import SERVICES
from crawler.archives.short_links import SHORT_LINK_HOSTS, is_short_link
from crawler.archives.spellings import other_spellings, spelling_of, without_session_id
from crawler.config.memento_presets import PRESETS
from store.vocabulary import Spelling

ESCAPED = "%28%29%2C%27%21%7C%7E%2a%3A%40"


@pytest.mark.parametrize(
    ("recorded", "cited", "spelling"),
    [
        ("https://a.example/x/index.html", "http://www.a.example/x", Spelling.SAME),
        ("https://a.example/()," + "'!|~*:@", f"https://a.example/{ESCAPED}", Spelling.ESCAPES),
        ("https://a.example/%E4%BD%A0", "https://a.example/你", Spelling.SAME),
        ("https://a.example/x?b=%7E&a", "https://a.example/x?a&b=~", Spelling.QUERY_ORDER),
        ("https://a.example/x?", "https://a.example/x", Spelling.SAME),
        ("https://a.example/x?q=a+b", "https://a.example/x?q=a%20b", Spelling.ESCAPES),
        ("https://a.example/x?q=a%2Bb", "https://a.example/x?q=a%20b", None),
        ("https://a.example/a+b", "https://a.example/a%20b", None),
        ("https://a.example/x?fbclid=1", "https://a.example/x", Spelling.TRACKING),
        (
            "https://a.example/x?phpsessid=0123456789abcdef01",
            "https://a.example/x?PHPSESSID=fedcba9876543210fe",
            Spelling.SESSION,
        ),
        (
            "https://a.example/x.cfm?cfid=1&cftoken=2&id=3",
            "https://a.example/x.cfm?id=3&CFID=4&CFTOKEN=5",
            Spelling.SESSION,
        ),
        ("https://a.example/x?cfid=12", "https://a.example/x?cfid=13", None),
        (
            "https://a.example/x?session_id=opening-of-the-harbour-2019",
            "https://a.example/x?session_id=a-walk-with-the-pilot-2019",
            None,
        ),
        ("https://m.a.example/x", "https://a.example/x", Spelling.HOST),
        ("https://amp.a.example/x/amp", "https://a.example/x", Spelling.HOST),
        ("https://a.example/x?amp=1", "https://a.example/x", Spelling.HOST),
        ("https://a.example/X?Id=1", "https://a.example/x?id=1", Spelling.CASE),
        ("https://a.example/x?id=1", "https://a.example/x", None),
        ("https://a.example/x?sid=7", "https://a.example/x", None),
        ("https://b.example/x", "https://a.example/x", None),
        ("https://m.example/x", "https://example/x", None),
        ("https://a.example/x%2Fy", "https://a.example/x/y", None),
        ("https://a.example/x%3Fy", "https://a.example/x?y", None),
        ("https://a.example/x?a=1%26b", "https://a.example/x?a=1&b", None),
        ("http://", "https://a.example/x", None),
    ],
)
def test_the_least_trusted_difference_is_returned(
    recorded: str, cited: str, spelling: Spelling | None
) -> None:
    assert spelling_of(recorded, cited) is spelling


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://a.example/x.php?PHPSESSID=1f&t=2", "http://a.example/x.php?t=2"),
        ("http://a.example/x.jsp;JSESSIONID=AB12.node3", "http://a.example/x.jsp"),
        ("http://a.example/x;jsessionid=AB?p=1", "http://a.example/x?p=1"),
        ("http://a.example/x%3Bjsessionid%3DAB12/y", "http://a.example/x/y"),
        ("http://a.example/x?p=1;PHPSESSID=0a1b2c", "http://a.example/x?p=1"),
        ("http://a.example/?ASPSESSIONIDQQBTCADR=ABCDEFGH&p=1#n", "http://a.example/?p=1#n"),
        (
            "http://a.example/(X(1)S(abcdefghijklmnopqrstuvwx))/x.aspx",
            "http://a.example/x.aspx",
        ),
        ("http://a.example/x?session_id=0123456789abcdef0123", "http://a.example/x"),
        (
            "http://a.example/x?session_id=123e4567-e89b-12d3-a456-426614174000",
            "http://a.example/x",
        ),
        ("http://a.example/x?cfid=12&p=1&cftoken=0a1b", "http://a.example/x?p=1"),
        # These parameters select the content.
        ("http://a.example/x?cfid=12&p=1", "http://a.example/x?cfid=12&p=1"),
        ("http://a.example/x?session=112&p=1", "http://a.example/x?session=112&p=1"),
        ("http://a.example/x?session_id=12", "http://a.example/x?session_id=12"),
        ("http://a.example/x?sid=7", "http://a.example/x?sid=7"),
        ("http://a.example/x?token=0a1b2c3d", "http://a.example/x?token=0a1b2c3d"),
        ("http://a.example/about/jsessionid", "http://a.example/about/jsessionid"),
        ("http://a.example/x?", "http://a.example/x?"),
    ],
)
def test_session_ids_are_left_out_and_nothing_else(url: str, plain: str) -> None:
    assert without_session_id(url) == plain


@given(st.text(max_size=60), st.text(max_size=60))
def test_other_spellings_differ_from_the_url(one: str, other: str) -> None:
    url, recorded = f"https://a.example/{one}", f"https://a.example/{other}"
    assert spelling_of(url, url) is Spelling.SAME
    spelling_of(recorded, url)
    plain = without_session_id(url)
    assert without_session_id(plain) == plain
    for found in other_spellings(url, is_failing=True):
        assert found != url


def test_short_links_are_recognised_by_host() -> None:
    assert {"goo.gl", "bit.ly", "t.co", "tinyurl.com"} <= SHORT_LINK_HOSTS
    assert is_short_link("http://www.tinyurl.com/abc")
    assert not is_short_link("https://a.example/goo.gl/x")


def test_presets_agree_with_the_list_of_services() -> None:
    trusts = {service.name: service.trust for service in SERVICES}
    assert set(PRESETS) <= set(trusts)
    for name, preset in PRESETS.items():
        dependable = trusts[name] not in (Trust.DOUBTED, Trust.ENDED)
        assert dependable or not preset.is_dependable


def test_the_documentation_lists_every_preset_with_its_address_and_note() -> None:
    docs = (Path(__file__).parents[4] / "docs" / "archives.md").read_text()
    for name, preset in PRESETS.items():
        is_in_all = "yes" if preset.is_dependable else "no"
        row = f"| `{name}` | {preset.timemap} | {is_in_all} | {preset.note}"
        assert row.rstrip() in docs, name
    for spelling in Spelling:
        assert f"| `{spelling}` |" in docs
