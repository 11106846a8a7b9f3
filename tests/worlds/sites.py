"""Pages of invented sites, as functions from a request to a response."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import md5
from zlib import crc32

from tests.worlds.layout import Design
from tests.worlds.serving import PageRequest, PageResponse, Site, html, plain_error, redirect
from tests.worlds.texts import Article


def site(pages: Mapping[str, Site], missing: Site | None = None) -> Site:
    """Return a site of pages by target or path; what it has not is answered by `missing`, or with 404."""
    otherwise = missing or always(plain_error(404))

    def answer(request: PageRequest) -> PageResponse:
        page = pages.get(request.target) or pages.get(request.path) or otherwise
        return page(request)

    return answer


def always(response: PageResponse) -> Site:
    """Return a page, or a site, of one response."""

    def answer(_request: PageRequest) -> PageResponse:
        return response

    return answer


def leads_to(address: str, status: int = 302) -> Site:
    """Return a page that redirects."""
    return always(redirect(address, status))


def shows(
    design: Design,
    text: Article,
    *,
    title: str = "",
    head: str = "",
    below: str = "",
    comments: Sequence[str] = (),
) -> Site:
    """Return a page with an article, amid counters and news of the day."""
    return lambda request: html(
        design.page(
            text, moment=request.day, title=title, head=head, below=below, comments=comments
        )
    )


def _moment(request: PageRequest) -> int:
    """Return a number that differs from request to request, on each day."""
    return request.day * 70 + request.number * 7 + crc32(request.target.encode()) % 7


def front(design: Design) -> Site:
    """Return the front page, amid counters and news that change with each request."""
    return lambda request: html(design.front(moment=_moment(request)))


def listing(design: Design, section: str, *, title: str = "") -> Site:
    """Return a section's page, amid counters and news that change with each request."""
    return lambda request: html(design.listing(section, moment=_moment(request), title=title))


def from_day(day: int, before: Site, after: Site) -> Site:
    """Return a site that is another one from a day on."""
    return lambda request: before(request) if request.day < day else after(request)


def head_differs(answer: Callable[[PageRequest], PageResponse]) -> Callable[[Site], Site]:
    """Return a wrapper that answers HEAD in another way than GET."""

    def wrap(page: Site) -> Site:
        return lambda request: answer(request) if request.method == "HEAD" else page(request)

    return wrap


def validated(page: Site) -> Site:
    """Send an ETag of the body with a page, and 304 to who has it."""

    def answer(request: PageRequest) -> PageResponse:
        given = page(request)
        if given.status != 200:
            return given
        tag = f'"{md5(given.body, usedforsecurity=False).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            return PageResponse(status=304, headers={"ETag": tag})
        return replace(given, headers={**given.headers, "ETag": tag})

    return answer


def secure_only(page: Site) -> Site:
    """Redirect plain HTTP to HTTPS permanently."""

    def answer(request: PageRequest) -> PageResponse:
        if request.secure:
            return page(request)
        return redirect(f"https://{request.host}{request.target}", 301)

    return answer


def fails_on(days: Iterable[int], failure: PageResponse, page: Site) -> Site:
    """Return a page that fails on some days."""
    return lambda request: failure if request.day in days else page(request)


def fails_once(failure: PageResponse, page: Site) -> Site:
    """Return a page whose very first request fails."""

    def answer(request: PageRequest) -> PageResponse:
        is_first = request.number == 1 and request.day == 0
        return failure if is_first else page(request)

    return answer


def below(folder: str, page: Site) -> Site:
    """Return a site of one page for all addresses of a folder, or one script, and 404 elsewhere."""
    missing = plain_error(404)
    return lambda request: page(request) if request.path.startswith(folder) else missing
