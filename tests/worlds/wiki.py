"""Write the wiki that cites an invented web, in the ways in which people cite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from tests.worlds.truth import Cited

A_PAGE = 24  # citations
ARCHIVE = "https://web.archive.org/web"


def pages(cited: Sequence[Cited]) -> Iterator[tuple[str, str]]:
    """Yield name and text of each page; what is cited is mixed, as in a wiki that grew."""
    mixed = list(cited)
    Random("wiki").shuffle(mixed)
    for start in range(0, len(mixed), A_PAGE):
        number = start // A_PAGE
        lines = [f"---\ntitle: Notes {number}\n---\n\n# Notes {number}\n"]
        lines += [
            _citation(each, start + n) for n, each in enumerate(mixed[start : start + A_PAGE])
        ]
        yield f"wiki/notes-{number}.md", "\n".join(lines)


def _citation(cited: Cited, number: int) -> str:
    """Return a list item, or a sentence with a footnote, that cites a page or its copy."""
    mirror = f"{ARCHIVE}/{cited.mirror}/{cited.url}"
    text = cited.text or cited.url
    link = f"[{text}](<{mirror if cited.mirror else cited.url}>)"
    if cited.mirror and number % 2:
        link = f"[{text}](<{cited.url}>) ([archived](<{mirror}>))"
    if number % 3:
        return f"- {link} (accessed {cited.accessed})"
    return f"See the source.[^{number}]\n\n[^{number}]: N. N., “{link}”. (参照 {cited.accessed})\n"
