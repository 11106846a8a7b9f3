"""Run the servers that `checker_comparison` uses, each with one behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web


@dataclass
class Site:
    """A server with one behaviour.

    Attributes:
        behaviour: One of `BEHAVIOURS`.
        requests: Number of requests received, without those for robots.txt.
    """

    behaviour: str
    requests: int = 0


ARTICLE = (
    "<html><head><title>Harbour lights</title></head><body>"
    + "<p>The ferry left the harbour at dusk, as every evening.</p>" * 30
    + "</body></html>"
)
LOST = (
    "<html><head><title>404 Page not found</title></head><body>"
    "<h1>Sorry, the page you are looking for does not exist.</h1></body></html>"
)
SALE = (
    "<html><head><title>lamplight.net is for sale</title></head><body>"
    "<h1>This domain is for sale! Buy this domain</h1></body></html>"
)
FORBIDDEN = "127.77.0.99"  # a private address that Holdfast's configuration does not allow
BEHAVIOURS = (
    "200", "404", "503 once, Retry-After: 1", "reset once", "Cloudflare challenge",
    "status 999",
    "200 that says not found", "redirected to the front page", "domain for sale",
    "permanent redirect",
    "redirected into the private network",
)  # fmt: skip


async def serve(site: Site, address: str, port: int) -> web.AppRunner:
    """Serve one behaviour on its own address, and return the server."""

    async def respond(request: web.Request) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        site.requests += 1
        return await _behave(site, request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", respond)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, address, port).start()
    return runner


async def _behave(site: Site, request: web.Request) -> web.StreamResponse:
    """Return the response of a site. Only its page `/a/1` has the behaviour that is tested."""
    origin = str(request.url.origin())
    if request.path != "/a/1" and site.behaviour != "domain for sale":
        return (
            web.Response(text=ARTICLE, content_type="text/html")
            if request.path in {"/", "/new/1"}
            else web.Response(status=404)
        )
    responses: dict[str, web.Response] = {
        "404": web.Response(status=404),
        "Cloudflare challenge": web.Response(
            status=403,
            headers={"cf-mitigated": "challenge", "server": "cloudflare"},
            text="Just a moment...",
        ),
        "status 999": web.Response(status=999),
        "200 that says not found": web.Response(text=LOST, content_type="text/html"),
        "redirected to the front page": web.Response(status=302, headers={"Location": "/"}),
        "domain for sale": web.Response(text=SALE, content_type="text/html"),
        "permanent redirect": web.Response(status=301, headers={"Location": f"{origin}/new/1"}),
        "redirected into the private network": web.Response(
            status=302, headers={"Location": f"http://{FORBIDDEN}:{request.url.port}/"}
        ),
    }
    if site.behaviour == "503 once, Retry-After: 1" and site.requests == 1:
        return web.Response(status=503, headers={"Retry-After": "1"})
    if site.behaviour == "reset once" and site.requests == 1 and request.transport:
        request.transport.abort()
    return responses.get(site.behaviour) or web.Response(text=ARTICLE, content_type="text/html")
