"""Which links of a specification's examples the extraction agrees on.

    python benchmarks/conformance.py commonmark.json

The file is a list of {"markdown", "html", "example", "section"}, as the CommonMark specification publishes it
(https://spec.commonmark.org/) and markdown-it-py's source distribution ships it. Every href and src of the expected HTML is compared
with what is extracted; bare URLs, unused definitions and empty destinations are counted apart (docs/extraction.md says why).
"""

from __future__ import annotations

import argparse
import html
import json
import re
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

from crawler.pages import Dialect, extract
from store.vocabulary import CitationKind

_ATTRIBUTE = re.compile(r"<(?:a|img|link|area)\b[^>]*?\s(?:href|src)=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_DEFINITION = re.compile(r"\]:\s*<?([^\s>]+)")
_OTHER_SCHEME = re.compile(r"(?!https?:)([a-z][a-z0-9+.\-]{1,31}):", re.IGNORECASE)


def expected(rendered: str) -> Counter[str]:
    """The destinations in rendered HTML; of other schemes than http only the scheme."""
    return Counter(_comparable(html.unescape(match[1] or match[2] or match[3] or "")) for match in _ATTRIBUTE.finditer(rendered))


def extracted(markdown: str) -> Counter[str]:
    """The destinations that the extraction finds, in the same form."""
    page = extract(markdown, path="example.md", dialect=Dialect.COMMONMARK)
    found = Counter(_comparable(citation.url) for citation in page.citations if citation.kind is not CitationKind.BARE)
    found.update(_comparable(link.target) for link in page.internal_links if not link.wiki)
    for scheme, count in page.skipped.items():
        found[f"{scheme}:"] += count
    return found


def _comparable(url: str) -> str:
    other = _OTHER_SCHEME.match(url)
    return f"{other[1].lower()}:" if other else unquote(url.replace("\\u00a0", "%C2%A0"), errors="replace")


def main() -> int:
    """Print every example that differs, and the count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path)
    arguments = parser.parse_args()
    examples = json.loads(arguments.examples.read_text("utf-8"))
    counts: Counter[str] = Counter()
    for example in examples:
        want, got = expected(example["html"]), extracted(example["markdown"])
        counts["links"] += want.total()
        defined = {_comparable(url) for url in _DEFINITION.findall(example["markdown"])}
        for difference, word in ((want - got, "missing"), (got - want, "more")):
            for url, count in difference.items():
                kind = "no destination" if not url else "unused definition" if word == "more" and url in defined else word
                counts[kind] += count
                if kind in {"missing", "more"}:
                    print(f"{example['example']} ({example['section']}): {word} {url!r} in {example['markdown']!r}")
    print(f"{len(examples)} examples: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
