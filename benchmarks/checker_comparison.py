"""Compare the results of Holdfast and other link checkers on the same pages and servers.

    python -m benchmarks.checker_comparison

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
from pathlib import Path
from urllib.parse import unquote

from benchmarks.compared_pages import FORMATS, PAGES
from benchmarks.compared_servers import BEHAVIOURS, FORBIDDEN, Site, serve
from crawler.archives import pair
from crawler.pages import extract

BIN = Path(sys.executable).parent
# The result of each tool for one page or server, by the tool's name.
Results = dict[str, str]


def compare_pages(
    pages: Mapping[str, tuple[str, str, frozenset[str]]],
) -> list[tuple[str, Results]]:
    """Return the name of each page with each tool's result.

    A result is `yes` if the tool finds exactly the expected URLs, else "no" and the URLs it finds.

    Args:
        pages: File name, text and expected URLs of each page, by the row's name.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (file, text, expected) in pages.items():
            page = Path(folder) / file
            page.write_text(text, encoding="utf-8")
            citations, _ = pair(extract(text, path=file).citations)
            ours = {citation.url for citation in citations}
            ours |= {citation.original for citation in citations if citation.original}
            dumped = subprocess.run(
                [BIN / "lychee", "--dump", page], capture_output=True, text=True, check=False
            ).stdout.split()
            theirs, decoded = set(map(unquote, dumped)), set(map(unquote, expected))
            results = {
                "Holdfast": _describe_found(ours, expected),
                "lychee": _describe_found(theirs, decoded),
            }
            rows.append((name, results))
    return rows


def _describe_found(found: set[str], expected: set[str] | frozenset[str]) -> str:
    if found == expected:
        return "yes"
    return "no" if not found else "**no**: " + ", ".join(f"`{url}`" for url in sorted(found))


async def compare_servers() -> list[tuple[str, Results]]:
    """Return the name of each server's behaviour with each tool's verdict."""
    port = 8399
    addresses = {name: f"127.77.0.{number}" for number, name in enumerate(BEHAVIOURS, start=2)}
    results: dict[str, Results] = {name: {} for name in BEHAVIOURS}
    for tool, run in (("Holdfast", _holdfast), ("lychee", _lychee), ("linkchecker", _linkchecker)):
        sites = {name: Site(name) for name in BEHAVIOURS}
        private_site = Site("200")
        runners = [await serve(sites[name], address, port) for name, address in addresses.items()]
        runners.append(await serve(private_site, FORBIDDEN, port))
        try:
            urls = {f"http://{address}:{port}/a/1": name for name, address in addresses.items()}
            for url, verdict in (await asyncio.to_thread(run, list(urls))).items():
                results[urls[url]][tool] = verdict
        finally:
            for runner in runners:
                await runner.cleanup()
        if private_site.requests:
            results["redirected into the private network"][tool] += ", and **sent the request**"
    return list(results.items())


def _holdfast(urls: Sequence[str]) -> Results:
    """Return Holdfast's verdict and reason for each URL."""
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


def _lychee(urls: Sequence[str]) -> Results:
    """Return lychee's verdict on each URL, with the start of its message."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        page.write_text("\n\n".join(f"<{url}>" for url in urls), encoding="utf-8")
        done = subprocess.run(
            [BIN / "lychee", "--no-progress", "--format", "json", page],
            capture_output=True,
            text=True,
            check=False,
        )
        output = json.loads(done.stdout)
    failed = {
        entry["url"]: entry["status"].get("text", "")
        for kind in ("error_map", "timeout_map")
        for each in output.get(kind, {}).values()
        for entry in each
    }
    return {url: f"broken ({_shorten(failed[url])})" if url in failed else "ok" for url in urls}


def _linkchecker(urls: Sequence[str]) -> Results:
    """Return linkchecker's verdict on each URL, with the start of its message."""
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
        row["urlname"]: "ok" if row["valid"] == "True" else f"broken ({_shorten(row['result'])})"
        for row in rows
        if row["urlname"] in urls
    }


def _shorten(text: str) -> str:
    return " ".join(text.split())[:40]


def table(rows: Sequence[tuple[str, Results]], tools: Sequence[str]) -> str:
    """Return a Markdown table.

    Args:
        rows: The name of each row with the results of the tools.
        tools: The names of the columns.
    """
    lines = ["| | " + " | ".join(tools) + " |", "|---" * (len(tools) + 1) + "|"]
    for name, results in rows:
        cells = " | ".join(results.get(tool, "") for tool in tools)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    markdown = {name: ("page.md", text, wanted) for name, (text, wanted) in PAGES.items()}
    print(table(compare_pages(markdown), ("Holdfast", "lychee")) + "\n")
    print(table(compare_pages(FORMATS), ("Holdfast", "lychee")) + "\n")
    print(table(asyncio.run(compare_servers()), ("Holdfast", "lychee", "linkchecker")))


if __name__ == "__main__":
    main()
