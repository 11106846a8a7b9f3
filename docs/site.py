"""Add pages from outside of docs/ to the site, and fix links to files of the repository."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
# Files outside of docs/ that are pages of the site, with their names there.
PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "benchmarks/results/all-2026-11-22.md": "benchmark-results.md",
    "benchmarks/results/mutation-2026-11-22.md": "mutation-results.md",
    "README.md": "index.md",
}
_DIAGRAM = re.compile(r"^```mermaid\n.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)#\s]+)((?:#[^)\s]*)?)(?=\))")


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages, and every other file that a page links to."""
    pages = {
        file.src_uri: file.abs_src_path for file in files.documentation_pages() if file.abs_src_path
    }
    for source, name in PAGES.items():
        if name in pages:  # docs/index.md is the front page
            continue
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
        pages[name] = str(ROOT / source)
    others = {
        target
        for name, path in pages.items()
        for target in _targets(name, Path(path).read_text("utf-8"))
    }
    for target in sorted(others - set(PAGES)):
        if (ROOT / target).is_file() and not target.startswith("docs/"):
            files.append(File.generated(config, target, abs_src_path=str(ROOT / target)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Rewrite links to the place of their target on the site, and show diagrams as drawings."""
    name = page.file.src_uri
    picture = f"![Diagram](img/{Path(name).stem}.svg)"  # docs/img/draw.py
    markdown = _DIAGRAM.sub(picture, markdown)

    def site_link(match: re.Match[str]) -> str:
        target = _in_repository(name, match[1])
        if target is None:
            return match[0]
        place = PAGES.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(place, posixpath.dirname(name) or ".") + match[2]

    return _LINK.sub(site_link, markdown)


def _targets(name: str, markdown: str) -> set[str]:
    return {
        target for match in _LINK.finditer(markdown) if (target := _in_repository(name, match[1]))
    }


def _in_repository(name: str, link: str) -> str | None:
    """Return the repository file that a link on the page `name` leads to, or None."""
    source = next(
        (source for source, page in PAGES.items() if page == name != "index.md"), f"docs/{name}"
    )
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    return target if (ROOT / target).exists() else None
