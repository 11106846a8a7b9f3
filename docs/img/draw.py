"""Draw the Mermaid diagrams of the documentation as SVG, for the site.

    python docs/img/draw.py    # needs Graphviz (`dot`)

GitHub draws Mermaid itself; on the site it would need a script from another server. The file is
named after its page. tests/unit/test_docs.py notices a diagram that is out of date.
"""

from __future__ import annotations

import hashlib
import html
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STYLE = """\
    graph [bgcolor="#ffffff", pad=0.3, nodesep=0.35, ranksep=0.7, fontname="Helvetica"]
    node [shape=box, style="rounded,filled", fillcolor="#f4f6f8", color="#5c6b7a",
          fontname="Helvetica", fontsize=12]
    edge [color="#5c6b7a", fontname="Helvetica", fontsize=10, fontcolor="#39434d"]
"""


def diagrams() -> Iterator[tuple[Path, str]]:
    """Yield the file and the source of each diagram."""
    for page in sorted(HERE.parent.glob("*.md")):
        if found := BLOCK.search(page.read_text("utf-8")):
            yield HERE / f"{page.stem}.svg", found[1]


def digest(source: str) -> str:
    """Return the mark by which a drawing names its source."""
    return f"<!-- source: {hashlib.sha256(source.encode()).hexdigest()} -->"


def to_dot(source: str) -> str:
    """Return a state or entity diagram in Graphviz's language."""
    lines = state_lines(source) if source.startswith("stateDiagram") else entity_lines(source)
    return "digraph {\n" + _STYLE + "\n".join(f"    {line}" for line in lines) + "\n}\n"


def state_lines(source: str) -> Iterator[str]:
    yield "rankdir=LR"
    yield '"[*]" [shape=circle, label="", width=0.15, fillcolor="#5c6b7a"]'
    for before, after, label in re.findall(r"^ +(\S+) --> (\w+)(?:: (.*))?$", source, re.MULTILINE):
        yield f'"{before}" -> "{after}" [label="{label}"]'


def entity_lines(source: str) -> Iterator[str]:
    yield "rankdir=LR"
    for name, body in re.findall(r"^ +(\w+) \{\n(.*?)^ +\}", source, re.MULTILINE | re.DOTALL):
        rows = "".join(
            f'<tr><td align="left">{html.escape(column.split(maxsplit=1)[1])}</td></tr>'
            for column in body.strip().splitlines()
        )
        title = f'<tr><td bgcolor="#dde4ea"><b>{name}</b></td></tr>'
        style = 'border="0" cellborder="1" cellspacing="0" color="#5c6b7a"'
        yield f'"{name}" [shape=plain, label=<<table {style}>{title}{rows}</table>>]'
    for one, other, label in re.findall(r'^ +(\w+) \S+ (\w+) : "(.*)"$', source, re.MULTILINE):
        yield f'"{one}" -> "{other}" [label="{label}", arrowhead=crow]'


def main() -> None:
    """Write the drawings."""
    for file, source in diagrams():
        drawn = subprocess.run(
            ["dot", "-Tsvg"],  # noqa: S607
            input=to_dot(source),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        svg = re.sub(r"^.*?(?=<svg)", "", drawn, flags=re.DOTALL)
        file.write_text(f"{digest(source)}\n{svg}", "utf-8")


if __name__ == "__main__":
    main()
