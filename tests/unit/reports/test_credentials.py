"""What URLs carry to log in with is told to nobody, and nothing else is lost with it."""

from __future__ import annotations

import msgspec
import pytest

from reports.credentials import link_without_credentials
from reports.plain import plain, without_credentials
from store.vocabulary import Standing
from tests.unit.reports.findings import link, mirror, place


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://name:word@example.org/", "https://example.org/"),
        ("https://token@example.org:8443/a", "https://example.org:8443/a"),
        ("https://web.archive.org/web/2020/http://name:word@example.org/a", "https://web.archive.org/web/2020/http://example.org/a"),
        ("asked http%3a%2f%2fname%3aword%40example.org%2fa&b", "asked http%3a%2f%2fexample.org%2fa&b"),
        ("a <GET http://name:p@ss@example.org/a> (referer: None)", "a <GET http://example.org/a> (referer: None)"),
        *((kept, kept) for kept in ("https://medium.com/@writer/a", "https://example.org/?mail=a@b.example", "write to a@b.example: now")),
        *((kept, kept) for kept in ("https://example.org/#a@b", "https://example.org/x%40y", "一个@没有地址的词")),
    ],
)
def test_only_credentials_are_left_out(text: str, told: str) -> None:
    assert without_credentials(text) == plain(text) == told


def test_a_finding_is_told_without() -> None:
    secret = "http://reader:s3cret@x.example/a"
    copy = mirror(None, url=f"https://web.archive.org/web/2020/{secret}", detail=f"leads to {secret}")
    standing = Standing(detail=f"to {secret}")
    found = link(
        url=secret, final_url=secret, original=secret, standing=standing, citations=[place(url=secret, text=secret)], mirrors=[copy]
    )
    told = link_without_credentials(found)
    assert b"s3cret" not in msgspec.json.encode(told)
    assert (told.url, told.citations[0].url, told.id) == ("http://x.example/a", "http://x.example/a", found.id)
    assert link_without_credentials(link(mirrors=[mirror(None)])) == link(mirrors=[mirror(None)])
    other = link(url="https://medium.com/@writer")
    assert link_without_credentials(other) is other
