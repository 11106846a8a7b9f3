"""Test that secrets in URLs are masked, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.redaction import cited_addresses, mask_link, mask_requests, mask_secrets
from reports.wording.sanitize import plain
from store.queries.link_records import CitedPlace, LinkFinding, MirrorFinding
from store.queries.pages import BrokenInternalLink
from store.vocabulary import Fault, PageWarning, ProbeRequest, TrackedState
from store.vocabulary.secrets import (
    _SECRET_ENDINGS,
    _SECRET_WORDS,
    redact_tokens,
    remove_credentials,
)
from tests.unit.reports.example_findings import NOW, link, mirror, place, proposal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://name:word@example.org/", "https://example.org/"),
        ("https://token@example.org:8443/a", "https://example.org:8443/a"),
        (
            "https://web.archive.org/web/2020/http://name:word@example.org/a",
            "https://web.archive.org/web/2020/http://example.org/a",
        ),
        (
            "asked http%3a%2f%2fname%3aword%40example.org%2fa&b",
            "asked http%3a%2f%2fexample.org%2fa&b",
        ),
        (
            "http%253A%252F%252Fname%253Aword%2540example.org%252Fa",
            "http%253A%252F%252Fexample.org%252Fa",
        ),
        (
            "a <GET http://name:p@ss@example.org/a> (referer: None)",
            "a <GET http://example.org/a> (referer: None)",
        ),
        (
            "http:/name:word@example.org/ https:name:word@b http:\\\\name:word@c",
            "http:/example.org/ https:b http:\\\\c",
        ),
        (
            "http%25253A%25252F%25252Fname%25253Aword%252540example.org",
            "http%25253A%25252F%25252Fexample.org",
        ),
        ("//name:word@example.org/ or (//name@b)", "//example.org/ or (//b)"),
        ("https://name:wo'r\"d@example.org/a", "https://example.org/a"),
        ("https://name:wo rd@example.org/a?b", "https://example.org/a?b"),
        *(
            (kept, kept)
            for kept in (
                "https://example.org//a@b",
                "http://example.org/ is at home:a@b too",
                "//comment a@b",
            )
        ),
        *(
            (kept, kept)
            for kept in (
                "https://medium.com/@writer/a",
                "https://example.org/?mail=a@b.example",
                "write to a@b.example: now",
            )
        ),
        *(
            (kept, kept)
            for kept in (
                "https://example.org/#a@b",
                "https://example.org/x%40y",
                "一个@没有地址的词",
            )
        ),
    ],
)
def test_only_credentials_are_left_out(text: str, expected: str) -> None:
    assert remove_credentials(text) == plain(text) == expected
    assert mask_secrets(TrackedState(detail=text)).detail == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/?token=t0p", "https://a.example/?token=REDACTED"),
        ("https://a.example/;jsessionid=t0p?a=b", "https://a.example/;jsessionid=REDACTED?a=b"),
        (
            "https://a.example/#access_token=t0p&expires_in=9",
            "https://a.example/#access_token=REDACTED&expires_in=9",
        ),
        (
            "https://a.example/x?X-Amz-Credential=A%2Ft0p&X-Amz-Signature=t0p",
            "https://a.example/x?X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED",
        ),
        (
            "<GET https://a.example/?a=1&amp;sig=t0p> (302)",
            "<GET https://a.example/?a=1&amp;sig=REDACTED> (302)",
        ),
        (
            "https://a.example/?to=https%3A%2F%2Fb%2F%3Ftoken%3Dt0p%26c",
            "https://a.example/?to=https%3A%2F%2Fb%2F%3Ftoken%3DREDACTED%26c",
        ),
        (
            "https://a.example/?to=%252F%253ftoken%253Dt0p",
            "https://a.example/?to=%252F%253ftoken%253DREDACTED",
        ),
        ("https://a.example/?tok%65n=t0p", "https://a.example/?tok%65n=REDACTED"),
        (
            "https://a.example/?to=/b?token=t0p&c=1",
            "https://a.example/?to=/b?token=REDACTED&c=1",
        ),
        *(
            (f"https://a.example/?{name}=t0p", f"https://a.example/?{name}=REDACTED")
            for name in sorted(_SECRET_WORDS)
        ),
        *(
            (
                f"https://a.example/?x{name.upper()}=t0p",
                f"https://a.example/?x{name.upper()}=REDACTED",
            )
            for name in _SECRET_ENDINGS
        ),
        *(
            (kept, kept)
            for kept in (
                "https://a.example/?monkey=1&id=2&q=token",
                "the token=7 of a game",
                "https://a.example/?token=",
            )
        ),
    ],
)
def test_the_values_of_token_like_parameters_are_replaced(text: str, expected: str) -> None:
    assert redact_tokens(text) == expected
    assert redact_tokens(expected) == expected
    assert mask_secrets(TrackedState(detail=text), "").detail == expected or "%65" in text


def test_only_whole_parameters_of_the_cited_url_are_shown() -> None:
    url, cited = "https://e.example/?token=ab", "https://a.example/?token=abc"
    assert redact_tokens(url, cited) == "https://e.example/?token=REDACTED"
    assert redact_tokens("https://e.example/?token=abc", cited) == "https://e.example/?token=abc"
    assert redact_tokens("https://e.example/?key=1", "?monkey=1") == (
        "https://e.example/?key=REDACTED"
    )


def masked_link(found: LinkFinding) -> LinkFinding:
    return mask_secrets(found, cited_addresses(found))


def test_finding_is_described_without_secrets() -> None:
    secret = "http://reader:s3cret@x.example/a"
    copy = mirror(
        None, url=f"https://web.archive.org/web/2020/{secret}", detail=f"leads to {secret}"
    )
    tracked_state = TrackedState(detail=f"to {secret}")
    found = link(
        url=secret,
        final_url=secret,
        original=secret,
        tracked_state=tracked_state,
        citations=[place(url=secret, text=secret)],
        mirrors=[copy],
    )
    masked = masked_link(found)
    assert b"s3cret" not in msgspec.json.encode(masked)
    assert (masked.url, masked.citations[0].url, masked.id) == (
        "http://x.example/a",
        "http://x.example/a",
        found.id,
    )
    assert masked_link(link(mirrors=[mirror(None)])) == link(mirrors=[mirror(None)])
    other = link(url="https://medium.com/@writer")
    assert masked_link(other) is other


def test_tokens_are_shown_where_a_page_cites_them_and_nowhere_else() -> None:
    cited = "https://x.example/a?key=open"
    found = link(
        url=cited,
        final_url="https://y.example/?key=open&token=t0p",
        tracked_state=TrackedState(detail="leads to https://y.example/?key=open&token=t0p"),
        citations=[place(url=cited)],
        mirrors=[mirror(None, url=f"https://web.archive.org/web/2020/{cited}", detail="?sig=t0p")],
    )
    masked = masked_link(found)
    assert (masked.url, masked.final_url) == (cited, "https://y.example/?key=open&token=REDACTED")
    assert masked.mirrors[0].url == found.mirrors[0].url
    assert b"t0p" not in msgspec.json.encode(masked)
    assert b"t0p" not in msgspec.json.encode(
        mask_secrets(proposal("https://z.example/?sessionid=t0p"), cited)
    )


_CITED = (
    "https://x.example/a?key=open",
    "http://x.example/?token=ab&to=https%3A%2F%2Fy.example%2F%3Fsig%3Dabc",
    "https://x.example/plain",
    "https://x.example/;jsessionid=1",
)
_PARTS = (
    *_CITED,
    *(
        "https://y.example/",
        "/web/2020/",
        "?",
        "&",
        ";",
        "=",
        "%3D",
        "%3F",
        "%252540",
        "@",
        " ",
        '"',
    ),
    *("\\", "a", "bc", "token", "key=", "?token=", "&key=open", "%3Ftoken%3D", "#sig=t0p", "u:p@"),
)


@given(
    st.lists(st.sampled_from(_PARTS), max_size=6).map("".join),
    st.lists(st.sampled_from(_CITED), max_size=2).map("\n".join),
)
def test_the_fast_search_finds_every_secret(text: str, cited: str) -> None:
    expected = redact_tokens(remove_credentials(text), cited)
    assert mask_secrets(TrackedState(detail=text), cited).detail == expected


def test_only_the_tokens_of_the_first_request_of_a_chain_are_shown() -> None:
    first = ProbeRequest(
        method="GET",
        url="https://a.example/?key=open",
        at=NOW,
        elapsed_ms=1,
        status=302,
        headers={"location": "/b?key=open&token=t0p"},
    )
    second = replace(
        first,
        url="https://a.example/b?key=open&token=t0p",
        status=None,
        fault=Fault.EXCLUDED,
        detail="at /b?token=t0p",
        headers={},
        hop=1,
    )
    masked = mask_requests((first, second))
    assert [request.url for request in masked] == [
        "https://a.example/?key=open",
        "https://a.example/b?key=open&token=REDACTED",
    ]
    assert b"t0p" not in msgspec.json.encode(masked)
    assert masked[1].fault is Fault.EXCLUDED
    assert mask_requests(()) == ()


def test_warnings_and_internal_links_lose_passwords_and_keep_tokens() -> None:
    warning = PageWarning(
        page="a.md", line=1, code="odd", message="https://u:s3cret@x.example/?token=open is odd"
    )
    assert mask_secrets(warning).message == "https://x.example/?token=open is odd"
    inside = BrokenInternalLink(
        page="a.md", line=1, column=1, target="//u:s3cret@x/b", text="b", broken="missing-page"
    )
    assert mask_secrets(inside).target == "//x/b"


def _with_text(record: type[msgspec.Struct], change: dict[str, Any]) -> LinkFinding:
    """Return a link in which the record of this type has a text."""
    if record is LinkFinding:
        return link(**change)
    if record is TrackedState:
        return link(tracked_state=TrackedState(**change))
    if record is MirrorFinding:
        return link(mirrors=[mirror(None, **change)])
    return link(citations=[place(**change)])


@pytest.mark.parametrize("record", [LinkFinding, TrackedState, MirrorFinding, CitedPlace])
def test_every_text_of_a_link_is_searched_for_secrets(record: type[msgspec.Struct]) -> None:
    secret = "https://name:word@y.example/"
    values = {str: secret, str | None: secret, tuple[str, ...]: (secret,)}
    texts = {name: values[hint] for name, hint in get_type_hints(record).items() if hint in values}
    assert texts
    for name, value in texts.items():
        subject = _with_text(record, {name: value})
        masked = repr(mask_link(subject, cited_addresses(subject)))
        assert "word@" not in masked, name
        assert "https://y.example/" in masked, name


@given(
    st.lists(st.sampled_from(_PARTS), max_size=6).map("".join),
    st.lists(st.sampled_from(_CITED), max_size=2),
)
def test_the_fast_search_of_a_link_finds_every_secret(text: str, cited: list[str]) -> None:
    subject = link(final_url=text, citations=[place(url=url) for url in cited])
    urls = cited_addresses(subject)
    expected = redact_tokens(remove_credentials(text), urls)
    assert mask_link(subject, urls).final_url == expected


def test_a_record_with_a_lone_surrogate_is_masked() -> None:
    warning = PageWarning(
        page="a.md", line=1, code="odd", message="\ud800 https://u:s3cret@x.example/"
    )
    assert mask_secrets(warning).message == "\ud800 https://x.example/"
