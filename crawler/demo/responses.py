"""What an address of a small web can do: plain answers, and answers made of other answers.

Each function gives a `Behaviour`; those that take behaviours combine them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from http import HTTPStatus

from aiohttp import web

from crawler.demo.web import Behaviour, Visit

PHRASES = {status.value: status.phrase for status in HTTPStatus}

LAYOUT = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="{encoding}">
<title>{title}</title>
{head}
</head>
<body>
<header><nav><a href="/">⌂</a></nav></header>
<main><article><h1>{title}</h1>
{body}
</article></main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class PageBehaviour(Behaviour):
    """A behaviour that always shows the same page; `html` is its body as sent."""

    html: bytes


def page(
    title: str,
    *paragraphs: str,
    lang: str = "en",
    encoding: str = "utf-8",
    head: str = "",
    markup: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> PageBehaviour:
    """An HTML page. `head` and `markup` (after the paragraphs) are HTML; `encoding` is declared in the page and in the header."""
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs) + markup
    html = LAYOUT.format(
        lang=lang, encoding=encoding, title=escape(title), head=head, body=body
    ).encode(encoding, "xmlcharrefreplace")
    sent = {"Content-Type": f"text/html; charset={encoding}", **(headers or {})}

    async def answer(_request: web.BaseRequest, _visit: Visit) -> web.Response:
        return web.Response(status=status, headers=sent, body=html)

    return PageBehaviour(f"{status}, a page titled “{title}”", answer, html)


def document(body: bytes, content_type: str) -> Behaviour:
    """A file that is no HTML page."""

    async def answer(_request: web.BaseRequest, _visit: Visit) -> web.Response:
        return web.Response(body=body, content_type=content_type)

    return Behaviour(f"200, {content_type}, {len(body):,} bytes", answer)


def status(code: int, *, headers: Mapping[str, str] | None = None) -> Behaviour:
    """A status with the short error page servers send by default."""
    phrase = PHRASES.get(code, "Request denied")
    markup = (
        ""
        if code in {204, 304}
        else f"<html><head><title>{code} {phrase}</title></head><body><h1>{phrase}</h1></body></html>\n"
    )

    async def answer(_request: web.BaseRequest, _visit: Visit) -> web.Response:
        return web.Response(
            status=code, reason=phrase, headers=headers, text=markup, content_type="text/html"
        )

    return Behaviour(f"{code} {phrase}", answer)


def redirect(code: int, to: str, *, headers: Mapping[str, str] | None = None) -> Behaviour:
    """A redirect whose `Location` is `to` as it stands: absolute, relative, or not a URL at all."""
    answer = status(code, headers={"Location": to, **(headers or {})})
    return Behaviour(f"{code} to {to}", answer.handle)


def meta_refresh(to: str, *, seconds: int = 0) -> Behaviour:
    """A page that sends a browser on by its markup."""
    head = f'<meta http-equiv="refresh" content="{seconds}; url={escape(to)}">'
    return Behaviour(
        f"200, meta refresh to {to}",
        page("Redirecting", "This page has a new address.", head=head).handle,
    )


def retry_after(code: int, wait: timedelta, *, as_date: bool = False) -> Behaviour:
    """`code` with a `Retry-After` header, in seconds or as a date by the web's clock (RFC 9110, section 10.2.3)."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        # Dates carry whole seconds: rounded up, or the wait they ask for would be shorter than `wait`.
        until = (visit.at + wait + timedelta(seconds=1)).replace(microsecond=0)
        value = format_datetime(until, usegmt=True) if as_date else str(round(wait.total_seconds()))
        return await status(code, headers={"Retry-After": value}).handle(request, visit)

    return Behaviour(
        f"{code}, Retry-After {'a date in ' if as_date else ''}{wait.total_seconds():g} s", answer
    )


def delayed(seconds: float, then: Behaviour) -> Behaviour:
    """`then`, after a wait."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await then.handle(request, visit)

    return Behaviour(f"after {seconds:g} s: {then.summary}", answer)


def by_method(*, head: Behaviour, get: Behaviour) -> Behaviour:
    """One answer to HEAD, another to everything else."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await (head if visit.method == "HEAD" else get).handle(request, visit)

    return Behaviour(f"HEAD {head.summary}; GET {get.summary}", answer)


def sequence(*behaviours: Behaviour) -> Behaviour:
    """The first behaviour at the first visit of its method to the URL, the second at the second; the last one stays."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await behaviours[min(visit.number, len(behaviours)) - 1].handle(request, visit)

    return Behaviour(", then ".join(behaviour.summary for behaviour in behaviours), answer)


def switch_at(moment: datetime, before: Behaviour, after: Behaviour) -> Behaviour:
    """One behaviour before a moment of the web's clock, another from then on."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await (before if visit.at < moment else after).handle(request, visit)

    return Behaviour(
        f"until {moment:%Y-%m-%d %H:%M}: {before.summary}; then: {after.summary}", answer
    )


def with_cookie(name: str, *, without: Behaviour, then: Behaviour) -> Behaviour:
    """`then` for visitors that bring the cookie `name`, `without` for all others."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await (then if name in request.cookies else without).handle(request, visit)

    return Behaviour(
        f"without the cookie {name}: {without.summary}; with it: {then.summary}", answer
    )


def https_only(then: Behaviour) -> Behaviour:
    """`then` by HTTPS; by plain HTTP a permanent redirect to the same address with https."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        if request.secure:
            return await then.handle(request, visit)
        return await redirect(301, visit.url.replace("http:", "https:", 1)).handle(request, visit)

    return Behaviour(f"301 to https; there {then.summary}", answer)
