"""Build WARC records (ISO 28500, version 1.1), one gzip member each.

Exchanges are stored byte for byte as they were sent: the head unchanged, the body with its
transfer coding (chunks) and content coding. Replay software undoes both.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from crawler.http.chunked import dechunk
from crawler.http.exchange import HttpExchange
from store.vocabulary import parse_timestamp

_TRANSFER_ENCODING = re.compile(rb"(\n)(Transfer-Encoding[ \t]*:)", re.IGNORECASE)
_VERSION = "WARC/1.1"


class _VerbatimHead(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """The head of an HTTP message that warcio writes unchanged, instead of formatting its fields.

    Args:
        head: The head as it was sent: all lines, with the empty one at the end.
    """

    def __init__(self, head: bytes) -> None:
        # warcio leaves out heads without a status line. This one is never written.
        super().__init__("placeholder", [])
        self._head = head

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """Set what warcio writes; `header_filter` is ignored."""
        self.headers_buff = self._head


def payload_digest(payload: bytes) -> str:
    """Return a payload's digest as records and indexes contain it.

    >>> payload_digest(b"")
    'sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    digester = Digester("sha1")
    digester.update(payload)
    return str(digester)


def replayable_form(exchange: HttpExchange) -> tuple[bytes, bytes]:
    """Return a response's (head, body) in a form that replay software can read.

    Normally that is the form in which they were sent. Some software cannot read trailers after
    the last chunk, long chunk extensions, or chunks that end with a bare line feed. Such a body is
    stored without its transfer coding, and `Transfer-Encoding` is renamed in the head.
    """
    body = bytes(exchange.body)
    if "chunked" not in exchange.headers.get("transfer-encoding", "").lower():
        return exchange.head, body
    content = bytes(exchange.content)
    if dechunk(body) == content:
        return exchange.head, body
    return _TRANSFER_ENCODING.sub(rb"\1X-Archive-Orig-\2", exchange.head), content


def warcinfo_record(filename: str, *, software: str, at: datetime) -> bytes:
    """Return the warcinfo record, with which a file begins, as a gzip member.

    Args:
        filename: The name of the file.
        software: The name and version of the program.
        at: The file's creation time.
    """
    writer, out = _memory_writer()
    info = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/",
    }
    record = writer.create_warcinfo_record(filename, info)
    record.rec_headers.replace_header("WARC-Date", warc_date(at))
    writer.write_record(record)
    return out.getvalue()


def request_record(url: str, at: datetime, head: bytes, *, response_id: str) -> bytes:
    """Return the record of a request, as a gzip member.

    Args:
        url: The requested URL.
        at: The time of the request.
        head: The request's head.
        response_id: The id of the record of its response.
    """
    headers = {"WARC-Date": warc_date(at), "WARC-Concurrent-To": response_id}
    return _http_record("request", url, head, b"", headers)


def response_record(
    url: str, at: datetime, head: bytes, body: bytes, *, record_id: str, digest: str, peer: str = ""
) -> bytes:
    """Return the record of a response, as a gzip member.

    Args:
        url: The requested URL.
        at: The time of the request.
        head: The response's head.
        body: The response's body.
        record_id: The id of the new record.
        digest: The digest of `body`, from `payload_digest`.
        peer: The server's IP address, if known.
    """
    headers = {
        "WARC-Record-ID": record_id,
        "WARC-Date": warc_date(at),
        **_peer_header(peer),
        "WARC-Payload-Digest": digest,
    }
    return _http_record("response", url, head, body, headers)


def revisit_record(
    url: str,
    at: datetime,
    head: bytes,
    *,
    record_id: str,
    digest: str,
    refers_to: tuple[str, str],
    peer: str = "",
) -> bytes:
    """Return the revisit record of a response whose body is in another record, as a gzip member.

    Args:
        url: The requested URL.
        at: The time of the request.
        head: The response's head.
        record_id: The id of the new record.
        digest: The digest of the body, from `payload_digest`.
        refers_to: The URL and timestamp of the record that has the body.
        peer: The server's IP address, if known.
    """
    other_url, other_timestamp = refers_to
    writer, out = _memory_writer()
    headers = {"WARC-Record-ID": record_id, "WARC-Date": warc_date(at), **_peer_header(peer)}
    other_date = warc_date(parse_timestamp(other_timestamp) or at)
    record = writer.create_revisit_record(
        url,
        digest,
        other_url,
        other_date,
        http_headers=_VerbatimHead(head),
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return out.getvalue()


def warc_date(moment: datetime) -> str:
    """Return a time in the form of WARC-Date, to the second like the 14 digits of timestamps.

    >>> warc_date(datetime(2026, 11, 22, 11, 48, tzinfo=UTC))
    '2026-11-22T11:48:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _http_record(kind: str, url: str, head: bytes, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the record of an HTTP message, as a gzip member.

    Args:
        kind: The WARC-Type: `request` or `response`.
        url: The requested URL.
        head: The head of the message.
        body: The body of the message.
        headers: The record's own headers.
    """
    writer, out = _memory_writer()
    record = writer.create_warc_record(
        url,
        kind,
        payload=BytesIO(body),
        length=len(body),
        http_headers=_VerbatimHead(head),
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return out.getvalue()


def _memory_writer() -> tuple[Any, BytesIO]:
    """Return a writer of WARC records, and the memory that it writes to."""
    out = BytesIO()
    return WARCWriter(out, gzip=True, warc_version=_VERSION), out


def _peer_header(address: str) -> dict[str, str]:
    """Return the record header with the server's IP address; none if it is not known."""
    return {"WARC-IP-Address": address} if address else {}


def exchange_record(
    exchange: HttpExchange,
    head: bytes,
    body: bytes,
    *,
    record_id: str,
    digest: str,
    refers_to: tuple[str, str] | None,
) -> bytes:
    """Return the record of a response, or a revisit record if another one has its body.

    Args:
        exchange: The request and its response.
        head: The head of the response, as `replayable_form` returns it.
        body: The body of the response, as `replayable_form` returns it.
        record_id: The id of the new record.
        digest: The digest of the body.
        refers_to: URL and timestamp of the record that has the same body, if there is one.
    """
    if refers_to is None:
        return response_record(
            exchange.url,
            exchange.at,
            head,
            body,
            record_id=record_id,
            digest=digest,
            peer=exchange.peer,
        )
    return revisit_record(
        exchange.url,
        exchange.at,
        head,
        record_id=record_id,
        digest=digest,
        refers_to=refers_to,
        peer=exchange.peer,
    )
