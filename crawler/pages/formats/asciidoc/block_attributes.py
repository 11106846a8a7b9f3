"""Read the attributes of a block: its style, id, substitutions, and those of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAMED = re.compile(
    r"""(?:^|,)\s*([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^,]*))"""
)
# The first positional attribute: the style, then ids, roles and options (`source#id.role%option`)
_FIRST = re.compile(r"\s*([\w-]*)((?:[#.%][^,#.%]*)*)\s*(?:,|\Z)")
_ID = re.compile(r"#([^,#.%\s]+)")
# The kind of block for each style whose content is not text with links
_CODE_STYLES = {
    "source": "listing", "listing": "listing", "literal": "literal", "pass": "pass",
    "stem": "literal", "latexmath": "literal", "asciimath": "literal", "comment": "comment",
    "ditaa": "literal", "plantuml": "literal", "graphviz": "literal", "mermaid": "literal",
    "uml": "literal", "svgbob": "literal", "vega": "literal", "vegalite": "literal",
    "blockdiag": "literal", "bytefield": "literal", "d2": "literal", "dbml": "literal",
    "diagram": "literal", "erd": "literal", "nomnoml": "literal", "pikchr": "literal",
    "tikz": "literal", "wavedrom": "literal", "structurizr": "literal",
}  # fmt: skip
_MACROS = frozenset(["macros", "m", "normal", "n"])  # values of `subs` that replace macros


@dataclass
class BlockAttributes:
    """The attributes in the lines above a block.

    Attributes:
        style: The first positional attribute, such as `source`.
        ident: The id, None if there is none.
        named: Values by name.
    """

    style: str = ""
    ident: str | None = None
    named: dict[str, str] = field(default_factory=dict)

    def add(self, written: str) -> None:
        """Add the attributes in a line.

        Args:
            written: The line without its square brackets.
        """
        if written.startswith("["):  # an id: the line is `[[id]]` or `[[id,text]]`
            self.ident = written.strip("[]").partition(",")[0] or self.ident
            return
        if first := _FIRST.match(written):
            self.style = first[1] or self.style
            if ident := _ID.search(first[2]):
                self.ident = ident[1]
        if "=" in written:
            for found in _NAMED.finditer(written):
                self.named[found[1]] = next(filter(None, found.groups()[1:]), "")
        self.ident = self.named.get("id", self.ident)
        self.style = self.named.get("style", self.style)

    @property
    def code_kind(self) -> str:
        """Return the kind of block that the style requires: a value of `_CODE_STYLES`, or ""."""
        return _CODE_STYLES.get(self.style, "")

    @property
    def has_code_style(self) -> bool:
        """Return whether the style makes a block code, raw HTML or a comment."""
        return self.style in _CODE_STYLES

    def reads_macros(self, *, is_text: bool) -> bool:
        """Return whether Asciidoctor replaces macros in a block.

        Args:
            is_text: The block is text, in which macros are replaced unless `subs` excludes them.
        """
        written = self.named.get("subs")
        if written is None:
            return is_text
        names = [each.strip() for each in written.split(",")]
        added = [name.strip("+") for name in names if "+" in name]  # `+macros` and `macros+`
        removed = [name[1:] for name in names if name.startswith("-")]
        if not added and not removed:  # the names replace the usual substitutions
            return not _MACROS.isdisjoint(names)
        if not _MACROS.isdisjoint(added):
            return True
        return is_text and _MACROS.isdisjoint(removed)
