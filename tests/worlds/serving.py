"""Servers of an invented web: a site is a function from a request and the day to a response."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from aiohttp import web

from crawler.demo.web import ANY, Behaviour, Visit
from tests.web import faults
from tests.web.internet import Internet


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """A request to a site; `target` is path and query as sent, `number` counts requests for it from 1."""

    method: str
    secure: bool
    host: str
    target: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    day: int
    number: int

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True, kw_only=True)
class PageResponse:
    """The response of a site; `fault` is a failure below HTTP in place of one."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    fault: Behaviour | None = None


Site = Callable[[PageRequest], PageResponse]


class World(Internet):
    """The running servers of an invented web.

    `day` is what its sites take for today; `targets` are the addresses that its redirects led to.
    """

    def __init__(self, sites: Mapping[str, Site], *, refusing: Collection[str] = ()) -> None:
        self.day = 0
        self.targets: set[str] = set()
        super().__init__({host: {ANY: self._behaviour_of(site)} for host, site in sites.items()})
        self.refusing = frozenset(refusing)

    def _behaviour_of(self, site: Site) -> Behaviour:
        async def handle(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
            answer = site(
                PageRequest(
                    method=visit.method,
                    secure=request.secure,
                    host=visit.host,
                    target=request.raw_path,
                    headers=request.headers,
                    cookies=request.cookies,
                    day=self.day,
                    number=visit.number,
                )
            )
            if answer.fault:
                return await answer.fault.handle(request, visit)
            if target := answer.headers.get("Location"):
                self.targets.add(urljoin(visit.url, target))
            await asyncio.sleep(answer.delay)
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

        return Behaviour("a site", handle)


# --- answers


def html(
    body: str,
    *,
    encoding: str = "utf-8",
    declared: str | None = "",
    status: int = 200,
    **headers: str,
) -> PageResponse:
    """Return a page. `declared` is the charset of the header: "" for the true one, None for none."""
    charset = encoding if declared == "" else declared
    kind = f"text/html; charset={charset}" if charset else "text/html"
    sent = {"Content-Type": kind} | {
        name.replace("_", "-").title(): value for name, value in headers.items()
    }
    return PageResponse(
        status=status, body=body.encode(encoding, "xmlcharrefreplace"), headers=sent
    )


def redirect(to: str, status: int = 302, **headers: str) -> PageResponse:
    """Return a redirect."""
    sent = {"Location": to, "Content-Type": "text/html"} | headers
    return PageResponse(status=status, body=b"<html><body>Redirecting.</body></html>", headers=sent)


def plain_error(status: int) -> PageResponse:
    """Return the short page with which a server refuses."""
    names = {403: "Forbidden", 404: "Not Found", 410: "Gone", 500: "Internal Server Error"}
    name = names.get(status, "Error")
    return html(
        f"<html><head><title>{status} {name}</title></head><body><center><h1>{status} {name}</h1></center><hr></body></html>",
        status=status,
    )


def file(body: bytes, kind: str, **headers: str) -> PageResponse:
    """Return a file that is no page."""
    return PageResponse(body=body, headers={"Content-Type": kind} | headers)


def fails_with(fault: Callable[[], Behaviour] = faults.reset) -> PageResponse:
    """Return a failure below HTTP."""
    return PageResponse(fault=fault())
