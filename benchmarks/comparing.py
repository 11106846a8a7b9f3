"""Compare what Holdfast and other link checkers make of the same pages and the same servers.

    python benchmarks/comparing.py

Generates the first three tables of docs/comparison.md. lychee and linkchecker run with default
settings, from the package index. Each server has its own loopback address, so that none affects
another.
"""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web

from crawler.archives import pair
from crawler.pages import extract

BIN = Path(sys.executable).parent
ARCHIVED = "https://web.archive.org/web/20210805110426/https://lamplight.net/1"

# The Markdown, and the URLs that a reader would open.
PAGES: Mapping[str, tuple[str, frozenset[str]]] = {
    "inline link": ("[a](https://lamplight.net/1)", frozenset({"https://lamplight.net/1"})),
    "reference, shortcut": (
        "[a]\n\n[a]: https://lamplight.net/1",
        frozenset({"https://lamplight.net/1"}),
    ),
    "link in a footnote": (
        "x[^1]\n\n[^1]: see [a](https://lamplight.net/1)",
        frozenset({"https://lamplight.net/1"}),
    ),
    "value in front matter": (
        "---\nsource: https://lamplight.net/1\n---\nx",
        frozenset({"https://lamplight.net/1"}),
    ),
    "bare URL before `。`": (
        "见 https://lamplight.net/1。然后",
        frozenset({"https://lamplight.net/1"}),
    ),
    "bare URL in `（）`": ("（https://lamplight.net/1）", frozenset({"https://lamplight.net/1"})),
    "URL with `（）` of its own": (
        "https://lamplight.net/苹果（公司） x",
        frozenset({"https://lamplight.net/苹果（公司）"}),
    ),
    "bare URL with `*` in it": (
        "https://lamplight.net/a*b*c x",
        frozenset({"https://lamplight.net/a*b*c"}),
    ),
    "`[text](url` without its bracket": (
        "[a](https://lamplight.net/1 x",
        frozenset({"https://lamplight.net/1"}),
    ),
    "the original inside an archive URL": (
        f"[a]({ARCHIVED})",
        frozenset({ARCHIVED, "https://lamplight.net/1"}),
    ),
    "the original in the title": (
        '[a](https://archive.ph/78efA "https://lamplight.net/1")',
        frozenset({"https://archive.ph/78efA", "https://lamplight.net/1"}),
    ),
    "URL in a code span (not a link)": ("`https://lamplight.net/1`", frozenset()),
}

LINK = "https://lamplight.net/1"
CELL = {
    "cell_type": "markdown",
    "id": "a",
    "metadata": {},
    "source": ['"[a](https://lamplight.net/1)"'],
}
CODE = {"cell_type": "code", "id": "b", "metadata": {}, "source": ["'https://lamplight.net/2'"]}
NOTEBOOK = {"cells": [CELL, CODE | {"outputs": [], "execution_count": None}], "metadata": {}}
CARDS = [
    {"type": "text", "text": "[a](https://lamplight.net/1)"},
    {"type": "text", "text": "`https://lamplight.net/2`"},
]
# Pages of other formats: file name, text, and the URLs that a reader would open.
FORMATS: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "Markdown by another name (`.qmd`)": ("a.qmd", f"[a]({LINK}){{.b}}", frozenset({LINK})),
    "MDX: a component, and an import": (
        "a.mdx",
        f"import b from 'https://lamplight.net/2'\n\n<Card href='{LINK}' />",
        frozenset({LINK}),
    ),
    "Jupyter: a cell of text, and one of code": (
        "a.ipynb",
        json.dumps(NOTEBOOK | {"nbformat": 4, "nbformat_minor": 5}),
        frozenset({LINK}),
    ),
    "Obsidian canvas": ("a.canvas", json.dumps({"nodes": CARDS}), frozenset({LINK})),
    "HTML: `a`, and the page's own address": (
        "a.html",
        f"<link rel=canonical href='https://lamplight.net/2'><a href='{LINK}'>b</a>",
        frozenset({LINK}),
    ),
    "HTML: `srcset`, `cite`, `base`": (
        "a.html",
        "<base href='https://lamplight.net/'><q cite='1'></q><img srcset='1 1x, 2 2x'>",
        frozenset({LINK, "https://lamplight.net/2"}),
    ),
    "BibTeX: `url` with escapes": (
        "a.bib",
        "@misc{a, url = {https://lamplight.net/1\\_2}, file = {:https://lamplight.net/3}}",
        frozenset({"https://lamplight.net/1_2"}),
    ),
    "BibTeX: `doi`": (
        "a.bib",
        "@misc{a, doi = {10.1000/1}}",
        frozenset({"https://doi.org/10.1000/1"}),
    ),
    "reStructuredText: a named target, and a literal": (
        "a.rst",
        f"See lamps_ and ``https://lamplight.net/2``.\n\n.. _lamps: {LINK}\n",
        frozenset({LINK}),
    ),
    "AsciiDoc: an attribute, and a listing": (
        "a.adoc",
        f":lamps: {LINK}\n\nSee {{lamps}}[lamps].\n\n----\nhttps://lamplight.net/2\n----\n",
        frozenset({LINK}),
    ),
    "MediaWiki: a link, and one in `nowiki`": (
        "a.wiki",
        f"[{LINK} Lamps] <nowiki>[https://lamplight.net/2 Lamps]</nowiki>",
        frozenset({LINK}),
    ),
    "MediaWiki: a citation template": (
        "a.wiki",
        f"<ref>{{{{cite web |url={LINK}|title=Lamps}}}}</ref>",
        frozenset({LINK}),
    ),
}

Seen = dict[str, str]


@dataclass
class Site:
    """One behaviour of a server, and the number of its requests."""

    name: str
    asked: int = 0
    paths: list[str] = field(default_factory=list)


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
FORBIDDEN = "127.77.0.99"  # a private address that is not allowed
BEHAVIOURS = (
    "200", "404", "503 once, Retry-After: 1", "reset once", "Cloudflare challenge",
    "status 999",
    "200 that says not found", "redirected to the front page", "domain for sale",
    "permanent redirect",
    "redirected into the private network",
)  # fmt: skip


def read(pages: Mapping[str, tuple[str, str, frozenset[str]]]) -> list[tuple[str, Seen]]:
    """Return what each tool finds on each page: `yes`, or what it finds instead."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (file, text, wanted) in pages.items():
            page = Path(folder) / file
            page.write_text(text, encoding="utf-8")
            citations, _ = pair(extract(text, path=file).citations)
            ours = {citation.url for citation in citations} | {
                citation.original for citation in citations if citation.original
            }
            dumped = subprocess.run(
                [BIN / "lychee", "--dump", page], capture_output=True, text=True, check=False
            ).stdout.split()
            rows.append(
                (
                    name,
                    {
                        "Holdfast": _found(ours, wanted),
                        "lychee": _found(
                            {_decoded(url) for url in dumped}, {_decoded(url) for url in wanted}
                        ),
                    },
                )
            )
    return rows


def _decoded(url: str) -> str:

    return unquote(url)


def _found(found: set[str], wanted: set[str] | frozenset[str]) -> str:
    if found == wanted:
        return "yes"
    return "no" if not found else "**no**: " + ", ".join(f"`{url}`" for url in sorted(found))


async def serve(name: str, site: Site, address: str, port: int) -> web.AppRunner:
    """Serve one behaviour on its own address."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        site.asked += 1
        return await _behave(name, site, request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, address, port).start()
    return runner


async def _behave(name: str, site: Site, request: web.Request) -> web.StreamResponse:
    here = str(request.url.origin())
    if request.path != "/a/1" and name != "domain for sale":
        return (
            web.Response(text=ARTICLE, content_type="text/html")
            if request.path in {"/", "/new/1"}
            else web.Response(status=404)
        )
    answers: dict[str, web.Response] = {
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
        "permanent redirect": web.Response(status=301, headers={"Location": f"{here}/new/1"}),
        "redirected into the private network": web.Response(
            status=302, headers={"Location": f"http://{FORBIDDEN}:{request.url.port}/"}
        ),
    }
    if name == "503 once, Retry-After: 1" and site.asked == 1:
        return web.Response(status=503, headers={"Retry-After": "1"})
    if name == "reset once" and site.asked == 1 and request.transport:
        request.transport.abort()
    return answers.get(name) or web.Response(text=ARTICLE, content_type="text/html")


async def ask() -> list[tuple[str, Seen]]:
    """Return the verdict of each tool on each server."""
    port = 8399
    addresses = {name: f"127.77.0.{number}" for number, name in enumerate(BEHAVIOURS, start=2)}
    said: dict[str, Seen] = {name: {} for name in BEHAVIOURS}
    for tool, run in (("Holdfast", _holdfast), ("lychee", _lychee), ("linkchecker", _linkchecker)):
        sites = {name: Site(name) for name in BEHAVIOURS}
        inner = Site("within the network")
        runners = [
            await serve(name, sites[name], address, port) for name, address in addresses.items()
        ]
        runners.append(await serve("200", inner, FORBIDDEN, port))
        try:
            urls = {f"http://{address}:{port}/a/1": name for name, address in addresses.items()}
            for url, word in (await asyncio.to_thread(run, list(urls))).items():
                said[urls[url]][tool] = word
        finally:
            for runner in runners:
                await runner.cleanup()
        if inner.asked:
            said["redirected into the private network"][tool] += ", and **sent the request**"
    return list(said.items())


def _holdfast(urls: Sequence[str]) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        ranges = json.dumps([f"{url.split('/')[2].partition(':')[0]}/32" for url in urls])
        (Path(folder) / "holdfast.toml").write_text(
            f"[network]\nallow = {ranges}\n", encoding="utf-8"
        )
        (Path(folder) / "page.md").write_text(
            "\n\n".join(f"<{url}>" for url in urls), encoding="utf-8"
        )
        for command in (
            ["scan"],
            ["check"],
            ["report", "--format", "jsonl", "--output", "out.jsonl"],
        ):
            subprocess.run(
                [BIN / "holdfast", "--no-progress", "-q", *command],
                cwd=folder,
                check=False,
                capture_output=True,
            )
        rows = [
            json.loads(line)
            for line in (Path(folder) / "out.jsonl").read_text("utf-8").splitlines()
        ]
    return {row["url"]: f"{row['verdict']}, `{row['reason']}`" for row in rows}


def _lychee(urls: Sequence[str]) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        page.write_text("\n\n".join(f"<{url}>" for url in urls), encoding="utf-8")
        done = subprocess.run(
            [BIN / "lychee", "--no-progress", "--format", "json", page],
            capture_output=True,
            text=True,
            check=False,
        )
        told = json.loads(done.stdout)
    failed = {
        entry["url"]: entry["status"].get("text", "")
        for kind in ("error_map", "timeout_map")
        for each in told.get(kind, {}).values()
        for entry in each
    }
    return {url: f"broken ({_word(failed[url])})" if url in failed else "ok" for url in urls}


def _linkchecker(urls: Sequence[str]) -> Seen:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # linkchecker drops root for the user nobody
        page = Path(folder) / "page.html"
        page.write_text("".join(f'<a href="{url}">x</a>' for url in urls), encoding="utf-8")
        command = [
            str(BIN / "linkchecker"),
            "--check-extern",
            "--verbose",
            "--no-status",
            "--output",
            "csv",
            str(page),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = csv.DictReader(
        (line for line in done.stdout.splitlines() if not line.startswith("#")), delimiter=";"
    )
    return {
        row["urlname"]: "ok" if row["valid"] == "True" else f"broken ({_word(row['result'])})"
        for row in rows
        if row["urlname"] in urls
    }


def _word(text: str) -> str:
    return " ".join(text.split())[:40]


def table(rows: Sequence[tuple[str, Seen]], tools: Sequence[str]) -> str:
    """Return a table in Markdown."""
    lines = ["| | " + " | ".join(tools) + " |", "|---" * (len(tools) + 1) + "|"]
    for name, said in rows:
        cells = " | ".join(said.get(tool, "") for tool in tools)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    markdown = {name: ("page.md", text, wanted) for name, (text, wanted) in PAGES.items()}
    print(table(read(markdown), ("Holdfast", "lychee")) + "\n")
    print(table(read(FORMATS), ("Holdfast", "lychee")) + "\n")
    print(table(asyncio.run(ask()), ("Holdfast", "lychee", "linkchecker")))


if __name__ == "__main__":
    main()
