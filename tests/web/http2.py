"""A server that speaks HTTP/2 only, with a page for every request (RFC 9113)."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PAGE = b"<html><title>A page</title><body><p>Sent by HTTP/2.</p>"
DATA, HEADERS, SETTINGS, GOAWAY = 0x0, 0x1, 0x4, 0x7
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4
# ":status: 200" of HPACK's table, and "content-type: text/html" as a literal.
FIELDS = b"\x88\x0f\x10\x09text/html"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return one HTTP/2 frame: length, type, flags, stream, payload."""
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
    return head + struct.pack(">I", stream) + payload


# MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE and MAX_FRAME_SIZE, as nginx sends them.
SERVER_SETTINGS = frame(SETTINGS, 0, 0, struct.pack(">HIHIHI", 3, 128, 4, 65_536, 5, 16_777_215))


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Respond by HTTP/2; clients without its preface get GOAWAY."""
    writer.write(SERVER_SETTINGS)
    try:
        if await reader.readexactly(len(PREFACE)) == PREFACE:
            await _answer_frames(reader, writer)
        writer.write(frame(GOAWAY, 0, 0, struct.pack(">II", 0, 1)))
        await writer.drain()
    except (OSError, EOFError):
        pass  # the visitor has left
    finally:
        writer.close()


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak HTTP/2 and close the connection at once."""
    with suppress(OSError, EOFError):
        await reader.read(4096)  # unread bytes would reset the connection
        writer.write(SERVER_SETTINGS + frame(GOAWAY, 0, 0, struct.pack(">II", 0, 11)))
        await writer.drain()
    writer.close()


async def _answer_frames(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = await reader.readexactly(9)
        await reader.readexactly(int.from_bytes(head[:3], "big"))
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big")
        if kind == SETTINGS and not flags & ACK:
            writer.write(frame(SETTINGS, ACK, 0))
        elif kind == HEADERS:
            writer.write(frame(HEADERS, END_HEADERS, stream, FIELDS))
            writer.write(frame(DATA, END_STREAM, stream, PAGE))
            await writer.drain()
