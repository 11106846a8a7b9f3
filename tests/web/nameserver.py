"""A name server on loopback that knows a few names and fails in each way a name server can."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from crawler.demo.web import LOOPBACK


class Nameserver:
    """A name server that runs within `with`. `names` maps a name to its addresses, to an rcode, or to None for no response.

    What is not in there does not exist. `requests` lists the questions: name and type.
    """

    def __init__(self, names: Mapping[str, list[str] | dns.rcode.Rcode | None]) -> None:
        self._names = names
        self.requests: list[str] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Desk(self), local_addr=(LOOPBACK, 0)
        )
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    def answer(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        self.requests.append(f"{name} {question.rdtype.name}")
        known = self._names.get(name, dns.rcode.NXDOMAIN)
        if known is None:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if isinstance(known, list):
            addresses = [
                address for address in known if (":" in address) == (question.rdtype.name == "AAAA")
            ]
            if addresses:
                response.answer.append(
                    dns.rrset.from_text_list(
                        question.name, 60, "IN", question.rdtype.name, addresses
                    )
                )
        else:
            response.set_rcode(known)
        return response.to_wire()


class _Desk(asyncio.DatagramProtocol):
    def __init__(self, server: Nameserver) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if (answer := self._server.answer(data)) is not None:
            self._transport.sendto(answer, address)  # type: ignore[attr-defined]  # a datagram's is
