"""Test decoding content codings within limits."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.content_encoding import decode_body

TEXT = "青石镇新闻 A page. ".encode() * 100


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        (" GZIP ", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare_deflate(TEXT)),
        ("", TEXT),
        ("identity", TEXT),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0)),
        ("gzip, gzip", gzip.compress(TEXT, mtime=0)),  # declared twice, applied once
        ("deflate, gzip,", gzip.compress(zlib.compress(TEXT), mtime=0)),
        ("utf-8", TEXT),
    ],
)
def test_content_codings_are_decoded(coding: str, body: bytes) -> None:
    assert decode_body(body, coding, limit=100_000) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", ""])
def test_bodies_that_are_not_in_the_declared_coding_are_unchanged(coding: str) -> None:
    assert decode_body(b"<html>plain</html>", coding, limit=100) == b"<html>plain</html>"


def test_the_beginning_of_a_truncated_body_is_decoded() -> None:
    packed = gzip.compress(bytes(range(256)) * 100)
    beginning = decode_body(packed[: len(packed) // 2], "gzip", limit=100_000)
    assert beginning
    assert (bytes(range(256)) * 100).startswith(beginning)


def test_a_compression_bomb_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(bytes(256 << 20), compresslevel=1)
    tracemalloc.start()
    try:
        assert decode_body(bomb, "gzip", limit=65_536) == bytes(65_536)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


def test_consecutive_gzip_members_are_one_body() -> None:
    assert (
        decode_body(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", limit=100) == b"one two"
    )


def test_the_work_for_empty_gzip_members_grows_with_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fed = 0

    class CountingDecoder:
        """Counts the bytes that are passed to decoders."""

        def __init__(self, wbits: int) -> None:
            self._decoder = zlib_decoder(wbits=wbits)

        def decompress(self, data: bytes, limit: int) -> bytes:
            nonlocal fed
            fed += len(data)
            return self._decoder.decompress(data, limit)

        def __getattr__(self, name: str) -> object:
            return getattr(self._decoder, name)

    zlib_decoder = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", CountingDecoder)
    work = []
    for members in (4_000, 8_000):
        fed = 0
        body = gzip.compress(b"", mtime=0) * members + gzip.compress(b"end", mtime=0)
        assert decode_body(body, "gzip", limit=100) == b"end"
        work.append(fed)
    assert work[1] < 3 * work[0]


@pytest.mark.parametrize("size", [4_095, 4_096, 4_097, 20_000])
def test_gzip_members_of_any_length_are_decoded(size: int) -> None:
    data = bytes(range(256)) * 80
    members = gzip.compress(data[:size], compresslevel=0) + gzip.compress(data[size:])
    assert decode_body(members, "gzip", limit=100_000) == data


@given(
    st.binary(max_size=300),
    st.sampled_from(["gzip", "deflate", "br", "identity", ""]),
    st.integers(min_value=1, max_value=50),
)
def test_any_body_is_decoded_within_the_limit(body: bytes, coding: str, limit: int) -> None:
    assert len(decode_body(body, coding, limit=limit)) <= limit
