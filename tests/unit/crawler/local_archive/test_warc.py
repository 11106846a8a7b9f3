"""Test that records are read as written, and that all other bytes are reported as damaged."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.exchange import HttpExchange
from crawler.http.spool import Spool
from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import RecordDamaged
from crawler.local_archive.warc import replayable_form, warcinfo_record
from crawler.local_archive.warc_reader import (
    MEMBER_START,
    find_next_member,
    iter_members,
    read_record,
)
from crawler.local_archive.writer import open_archive_writer
from tests.unit.crawler.local_archive.exchanges import exchange

URL = "http://a.example/1"
INFO = warcinfo_record("a.warc.gz", software="Test", at=datetime(2026, 5, 4, tzinfo=UTC))


def chunked_exchange(body: bytes, content: bytes, *, coding: str = "chunked") -> HttpExchange:
    sent = exchange(URL, body, headers=f"transfer-encoding:  {coding}\r\n")
    return replace(sent, content=content)


@pytest.mark.parametrize("coding", ["chunked", "Chunked"])
def test_chunks_are_stored_as_sent_and_decoded_in_the_content(tmp_path: Path, coding: str) -> None:
    sent = chunked_exchange(b"3\r\none\r\n4;x=y\r\n two\r\n0\r\n\r\n", b"one two", coding=coding)
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        record = archive.read(archive.write(sent))
    assert (record.head, record.payload, record.content) == (sent.head, sent.body, b"one two")


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"3\r\none\r\n0\r\nX-Sum: 1\r\n\r\n", b"one"),
        (b"3\none\n0\n\n", b"one"),
        (b"3;" + b"x" * 90 + b"\r\none\r\n0\r\n\r\n", b"one"),
    ],
)
def test_unreplayable_chunks_are_decoded_and_the_header_is_renamed(
    tmp_path: Path, body: bytes, content: bytes
) -> None:
    sent = chunked_exchange(body, content)
    head, stored = replayable_form(sent)
    assert (
        stored,
        sent.head.replace(b"transfer-encoding", b"X-Archive-Orig-transfer-encoding"),
    ) == (
        content,
        head,
    )
    with open_archive_writer(ArchiveLayout(tmp_path)) as archive:
        assert archive.read(archive.write(sent)).content == content


def test_bodies_on_disk_and_in_memory_make_the_same_record(tmp_path: Path) -> None:
    sent, spool = chunked_exchange(b"3\r\none\r\n0\r\n\r\n", b"one"), Spool()
    spool.add(b"behind" + bytes(sent.body))
    spooled = replace(sent, body=spool.slice(6), content=spool.slice(9, 12))
    assert replayable_form(spooled) == replayable_form(sent)


def warc_record(block: bytes, *headers: bytes, length: int | None = None) -> bytes:
    """Return the content of a gzip member."""
    lines = [
        b"WARC/1.1",
        *headers,
        b"Content-Length: %d" % (len(block) if length is None else length),
        b"",
        b"",
    ]
    return b"\r\n".join(lines) + block + b"\r\n\r\n"


RESPONSE = (
    b"WARC-Type: response",
    b"WARC-Target-URI: http://a.example/",
    b"Content-Type: application/http; msgtype=response",
)
PAGE = b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\n\r\nbody"


def test_kind_url_and_time_of_a_record_are_read() -> None:
    record = read_record(warc_record(PAGE, *RESPONSE, b"WARC-Date: 2026-05-04T12:00:00Z"))
    assert (record.kind, record.url, record.timestamp) == (
        "response",
        "http://a.example/",
        "20260504120000",
    )
    assert (record.http_status, dict(record.http_headers), record.payload) == (
        200,
        {"a": "1, 2"},
        b"body",
    )
    assert read_record(warc_record(b"software: x\r\n", b"WARC-Type: warcinfo")).head == b""
    assert read_record(warc_record(b"no head at all", *RESPONSE)).http_status == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no WARC record"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "no WARC record"),
        (warc_record(PAGE, *RESPONSE, length=len(PAGE) + 1), "not as long as it says"),
        (warc_record(PAGE, *RESPONSE)[:-1] + b"x", "not as long as it says"),
        (warc_record(PAGE, *RESPONSE) + b"more", "not as long as it says"),
        (
            warc_record(
                PAGE, *RESPONSE, b"WARC-Payload-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
            ),
            r"^damaged \(.*payload digest failed",
        ),
        (warc_record(PAGE, b"WARC-Type: response"), r"^unreadable \("),
        (warc_record(PAGE, *RESPONSE, b"WARC-Payload-Digest: none:x"), "unknown hash algorithm"),
    ],
)
def test_incomplete_records_are_damaged(content: bytes, message: str) -> None:
    with pytest.raises(RecordDamaged, match=message):
        read_record(content)


_NAMES = st.sampled_from(
    [
        b"WARC-Type",
        b"WARC-Target-URI",
        b"WARC-Date",
        b"WARC-Payload-Digest",
        b"WARC-Block-Digest",
        b"Content-Type",
        b"X",
        b"",
    ]
)
_VALUES = st.sampled_from(
    [
        *(line.partition(b": ")[2] for line in RESPONSE),
        b"request",
        b"revisit",
        b"sha1:x",
        b"x",
        b"\x00",
        b"\xff:",
    ]
)


@given(
    st.lists(st.tuples(_NAMES, _VALUES), max_size=6),
    st.one_of(st.binary(max_size=40), st.just(PAGE)),
)
def test_any_record_is_read_or_reported_as_damaged(
    headers: list[tuple[bytes, bytes]], block: bytes
) -> None:
    content = warc_record(block, *(name + b": " + value for name, value in headers))
    try:
        record = read_record(content)
    except RecordDamaged:
        return
    assert content.endswith(record.payload + b"\r\n\r\n")
    assert (record.http_headers, record.url, record.timestamp) is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_reported_as_damaged(content: bytes) -> None:
    with pytest.raises(RecordDamaged):
        read_record(content)
    with pytest.raises(RecordDamaged, match=r"damaged|cut off"):
        list(iter_members(BytesIO(b"\x00" + content)))


@pytest.mark.parametrize("before", [0, 1, 65_534, 65_535, 65_536, 131_070, 200_000])
def test_the_next_record_is_found_at_any_offset(before: int) -> None:
    padding = bytes(
        random.Random(before).choices(range(1, 31), k=before)
    )  # without the bytes with which a member starts
    assert find_next_member(BytesIO(padding + INFO), 0) == before
    assert find_next_member(BytesIO(padding + INFO), before) == before
    assert find_next_member(BytesIO(padding + INFO), before + 1) is None


def test_bytes_that_only_look_like_a_record_are_skipped() -> None:
    lookalikes = [
        MEMBER_START,
        MEMBER_START + b"\x00" * 7,
        gzip.compress(b"no record"),
        gzip.compress(b"WARC/2.0 "),
        INFO[:12],
    ]
    for count in range(len(lookalikes)):
        before = b"".join(lookalikes[: count + 1])
        assert find_next_member(BytesIO(before + INFO), 0) == len(before)
        assert find_next_member(BytesIO(before), 0) is None


def test_members_are_yielded_and_a_truncated_one_raises() -> None:
    two = INFO + gzip.compress(b"second")
    assert [(offset, length) for offset, length, _ in iter_members(BytesIO(b"xx" + two), 2)] == [
        (2, len(INFO)),
        (2 + len(INFO), len(two) - len(INFO)),
    ]
    for cut in range(len(INFO) + 1, len(two)):
        found = iter_members(BytesIO(two[:cut]))
        assert next(found)[1] == len(INFO)
        with pytest.raises(RecordDamaged, match="cut off in the middle"):
            next(found)
