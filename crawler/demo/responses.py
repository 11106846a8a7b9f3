"""Define behaviours of URLs in a simulated web: responses, and combinations of other behaviours."""

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
    """A behaviour that always returns the same page; `html` is its body as sent."""

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
    """Return the behaviour of an HTML page.

    Args:
        title: The title of the page.
        *paragraphs: The text of the page.
        lang: Language code.
        encoding: The encoding, which the page and the Content-Type header declare.
        head: HTML for the head.
        markup: HTML after the paragraphs.
        status: The status code.
        headers: Additional headers.

    Returns:
        The behaviour.
    """
    body = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs) + markup
    html = LAYOUT.format(
        lang=lang, encoding=encoding, title=escape(title), head=head, body=body
    ).encode(encoding, "xmlcharrefreplace")
    all_headers = {"Content-Type": f"text/html; charset={encoding}", **(headers or {})}

    async def answer(_request: web.BaseRequest, _visit: Visit) -> web.Response:
        return web.Response(status=status, headers=all_headers, body=html)

    return PageBehaviour(f"{status}, a page titled “{title}”", answer, html)


def document(body: bytes, content_type: str) -> Behaviour:
    """Return the behaviour of a file that is no HTML page."""

    async def answer(_request: web.BaseRequest, _visit: Visit) -> web.Response:
        return web.Response(body=body, content_type=content_type)

    return Behaviour(f"200, {content_type}, {len(body):,} bytes", answer)


def status(code: int, *, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Return a behaviour with a status code and a server's usual short error page."""
    phrase = PHRASES.get(code, "Request denied")
    head, body = f"<head><title>{code} {phrase}</title></head>", f"<body><h1>{phrase}</h1></body>"
    markup = "" if code in {204, 304} else f"<html>{head}{body}</html>\n"

    async def answer(_request: web.BaseRequest, _visit: Visit) -> web.Response:
        return web.Response(
            status=code, reason=phrase, headers=headers, text=markup, content_type="text/html"
        )

    return Behaviour(f"{code} {phrase}", answer)


def redirect(code: int, to: str, *, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Return the behaviour of a redirect; `to` is its `Location` header, which may be invalid."""
    answer = status(code, headers={"Location": to, **(headers or {})})
    return Behaviour(f"{code} to {to}", answer.handle)


def meta_refresh(to: str, *, seconds: int = 0) -> Behaviour:
    """Return the behaviour of a page that redirects by a meta refresh."""
    head = f'<meta http-equiv="refresh" content="{seconds}; url={escape(to)}">'
    return Behaviour(
        f"200, meta refresh to {to}",
        page("Redirecting", "This page has a new address.", head=head).handle,
    )


def retry_after(code: int, wait: timedelta, *, as_date: bool = False) -> Behaviour:
    """Return a behaviour with a `Retry-After` header (RFC 9110, section 10.2.3).

    Args:
        code: The status code.
        wait: The time to wait.
        as_date: Send a date by the web's clock instead of seconds.

    Returns:
        The behaviour.
    """

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        # Dates have whole seconds. They are rounded up, so that the wait is not too short.
        until = (visit.at + wait + timedelta(seconds=1)).replace(microsecond=0)
        value = format_datetime(until, usegmt=True) if as_date else str(round(wait.total_seconds()))
        return await status(code, headers={"Retry-After": value}).handle(request, visit)

    return Behaviour(
        f"{code}, Retry-After {'a date in ' if as_date else ''}{wait.total_seconds():g} s", answer
    )


def delayed(seconds: float, then: Behaviour) -> Behaviour:
    """Return a behaviour that responds as `then` after a delay."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await then.handle(request, visit)

    return Behaviour(f"after {seconds:g} s: {then.summary}", answer)


def by_method(*, head: Behaviour, get: Behaviour) -> Behaviour:
    """Return a behaviour that responds as `head` to HEAD, as `get` to other methods."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await (head if visit.method == "HEAD" else get).handle(request, visit)

    return Behaviour(f"HEAD {head.summary}; GET {get.summary}", answer)


def sequence(*behaviours: Behaviour) -> Behaviour:
    """Return a behaviour that responds as each behaviour in turn, then always as the last one.

    Requests are counted for each URL and method.
    """

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await behaviours[min(visit.number, len(behaviours)) - 1].handle(request, visit)

    return Behaviour(", then ".join(behaviour.summary for behaviour in behaviours), answer)


def switch_at(moment: datetime, before: Behaviour, after: Behaviour) -> Behaviour:
    """Return a behaviour that changes from `before` to `after` at a moment of the web's clock."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await (before if visit.at < moment else after).handle(request, visit)

    return Behaviour(
        f"until {moment:%Y-%m-%d %H:%M}: {before.summary}; then: {after.summary}", answer
    )


def with_cookie(name: str, *, without: Behaviour, then: Behaviour) -> Behaviour:
    """Return a behaviour that responds as `then` to requests with a cookie, else as `without`."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        return await (then if name in request.cookies else without).handle(request, visit)

    return Behaviour(
        f"without the cookie {name}: {without.summary}; with it: {then.summary}", answer
    )


def https_only(then: Behaviour) -> Behaviour:
    """Return a behaviour that redirects HTTP to HTTPS (301), and responds to HTTPS as `then`."""

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        if request.secure:
            return await then.handle(request, visit)
        return await redirect(301, visit.url.replace("http:", "https:", 1)).handle(request, visit)

    return Behaviour(f"301 to https; there {then.summary}", answer)
