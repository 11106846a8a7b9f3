"""Compare the links in the examples of a Markdown specification with the extracted ones.

    python benchmarks/conformance.py commonmark.json
    python benchmarks/conformance.py spec.txt

The file is a list of {"markdown", "html", "example", "section"}, as the CommonMark specification
publishes it (https://spec.commonmark.org/) and markdown-it-py's source distribution contains it, or
a text in the format of cmark-gfm's `test/spec.txt`, `test/extensions.txt` and
`test/regression.txt`. Every href and src of the expected HTML is compared with the extracted
links. Unused definitions and empty destinations are counted separately. Bare URLs are compared only
in the examples of an extension (docs/extraction.md has the reasons).
"""

from __future__ import annotations

import argparse
import html
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from crawler.pages import Dialect, extract
from store.vocabulary import CitationKind

_ATTRIBUTE = re.compile(
    r"<(?:a|img|link|area)\b[^>]*?\s(?:href|src)=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))"
)
_DEFINITION = re.compile(r"\]:\s*<?([^\s>]+)")
_EXAMPLE = re.compile(
    r"^`{32} example(.*)\n((?:.*\n)*?)\.\n((?:.*\n)*?)`{32}$|^#{1,6} (.*)", re.MULTILINE
)
_FOOTNOTE = re.compile(r"#fn")  # links to a footnote and back exist only in rendered pages
_OTHER_SCHEME = re.compile(r"(?!https?:)([a-z][a-z0-9+.\-]{1,31}):", re.IGNORECASE)


def read_examples(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the examples of a specification.

    Yields:
        The values of an example by name: "example" (its number), "section", "markdown", "html" and,
        from a text file, "extension", which is true or not empty for an example of an extension.
    """
    text = file.read_text("utf-8")
    if file.suffix == ".json":
        yield from json.loads(text)
        return
    section, number = "", 0
    for match in _EXAMPLE.finditer(text):
        if match[4]:
            section = match[4]
            continue
        number += 1
        markdown, rendered = (part.replace("→", "\t") for part in (match[2], match[3]))
        extension = match[1].strip() or (file.stem != "spec" and section)
        yield {
            "example": number,
            "section": section,
            "markdown": markdown,
            "html": rendered,
            "extension": extension,
        }


def expected(rendered: str) -> Counter[str]:
    """Return the destinations in rendered HTML, counted in the form of `_comparable`."""
    found = (
        html.unescape(match[1] or match[2] or match[3] or "")
        for match in _ATTRIBUTE.finditer(rendered)
    )
    return Counter(_comparable(url) for url in found if not _FOOTNOTE.match(url))


def extracted(markdown: str, *, bare: bool) -> Counter[str]:
    """Return the extracted destinations of a page, counted in the same form.

    Args:
        markdown: The page.
        bare: Whether to include bare URLs, which are links in the examples of an extension only.
    """
    page = extract(markdown, path="example.md", dialect=Dialect.GFM)
    found = Counter(
        _comparable(citation.url)
        for citation in page.citations
        if bare or citation.kind is not CitationKind.BARE
    )
    found.update(_comparable(link.target) for link in page.internal_links if not link.wiki)
    for scheme, count in page.skipped.items():
        found[f"{scheme}:"] += count
    return found


def _comparable(url: str) -> str:
    """Return a URL without percent-encoding, or only its scheme if that is not http(s)."""
    other = _OTHER_SCHEME.match(url)
    if other:
        return f"{other[1].lower()}:"
    return unquote(url.replace("\\u00a0", "%C2%A0"), errors="replace")


def main() -> int:
    """Print every example that differs, and the number of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path)
    arguments = parser.parse_args()
    examples = list(read_examples(arguments.examples))
    counts: Counter[str] = Counter()
    for example in examples:
        from_html = expected(example["html"])
        from_page = extracted(example["markdown"], bare=bool(example.get("extension")))
        counts["links"] += from_html.total()
        defined = {_comparable(url) for url in _DEFINITION.findall(example["markdown"])}
        differences = ((from_html - from_page, "missing"), (from_page - from_html, "more"))
        for difference, name in differences:
            for url, count in difference.items():
                kind = "no destination" if not url else name
                if kind == "more" and url in defined:
                    kind = "unused definition"
                counts[kind] += count
                if kind in {"missing", "more"}:
                    print(
                        f"{example['example']} ({example['section']}): {name} {url!r} in "
                        f"{example['markdown']!r}"
                    )
    print(
        f"{len(examples)} examples: "
        + ", ".join(f"{count} {kind}" for kind, count in counts.items())
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
