"""Read the directives of the preprocessor: includes and conditions.

The text of every branch is read, because all branches are sources of the wiki. Conditions only
decide which values attributes have.
"""

from __future__ import annotations

import re

from crawler.pages.formats.asciidoc import block_patterns as patterns
from crawler.pages.formats.asciidoc.content import AdocContent
from crawler.pages.formats.asciidoc.lines import Line
from crawler.pages.formats.asciidoc.targets import SUFFIXES, resource_path

_DIRECTIVES = ("include::", "ifdef::", "ifndef::", "ifeval::", "endif::")
_MAX_FILES = 50  # included files, nested ones counted, from which one page takes attributes
_MAX_LINES = 2000  # of an included file


class Directives:
    """Read the directives of one page."""

    def __init__(self, content: AdocContent) -> None:
        self._content = content
        self._files_read: set[str] = set()  # paths of included files, from the page

    def read(self, line: Line) -> bool:
        """Read a line if it is a directive, and return whether it is one."""
        text = line.text
        if not text.startswith(_DIRECTIVES):
            return False
        if include := patterns.INCLUDE.match(text):
            self._include(line, include)
            return True
        condition = patterns.CONDITIONAL.match(text)
        if condition is None:
            return False
        kind, names, rest = condition.groups()
        if kind == "endif":
            self._content.attributes.end_condition()
        elif kind == "ifeval" or not rest:
            self._content.attributes.begin_condition(kind, names)
        return True

    def read_in_code(self, line: Line) -> None:
        """Read a line of code, in which only `include` is a directive."""
        if line.text.startswith("include::") and (include := patterns.INCLUDE.match(line.text)):
            self._include(line, include)

    def conditional_text(self, line: Line) -> Line | None:
        """Return the text in a directive such as `ifdef::name[text]`, None if it has none.

        An attribute entry (`:name: value`) is returned only if the condition holds.
        """
        found = patterns.CONDITIONAL.match(line.text)
        if not found or found[1] not in {"ifdef", "ifndef"} or not found[3]:
            return None
        attributes, rest = self._content.attributes, line.cut(found.start(3))
        is_entry = found[3].startswith(":")
        if is_entry and not attributes.holds(found[1], found[2]):
            return None
        return Line(rest.start, found[3])

    def _include(self, line: Line, include: re.Match[str]) -> None:
        """Add the link to an included file, and read the attributes that it defines."""
        content = self._content
        target = content.attributes.resolve(include[1]).strip()
        start = line.start + include.start(1)
        place = content.add_place(start, line.end, can_add=False)
        if "{" in target:
            content.placeholders += 1
            return
        path = target if "://" in target else resource_path(target, content.path, "include")
        if path is None:
            return
        if "optional" not in include[2]:
            content.add_address(start, line.start + include.end(1), path, place)
        if path.lower().endswith(SUFFIXES) and "://" not in path:
            self._read_attributes(path)

    def _read_attributes(self, path: str) -> None:
        """Define the attributes of an included file, and of those that it includes."""
        content = self._content
        if content.read_included is None or path in self._files_read:
            return
        if len(self._files_read) == _MAX_FILES:
            return
        self._files_read.add(path)
        text = content.read_included(path)
        for number, written in enumerate((text or "").split("\n")):
            if number == _MAX_LINES:
                break
            line = written.rstrip()
            if entry := patterns.ATTRIBUTE_ENTRY.match(line):
                content.has_included_attributes = True
                content.attributes.define(entry[1], entry[2] or "")
            elif line.startswith(_DIRECTIVES):
                self._read_nested(line, path)

    def _read_nested(self, line: str, path: str) -> None:
        """Read a directive in an included file."""
        attributes = self._content.attributes
        if include := patterns.INCLUDE.match(line):
            target = attributes.resolve(include[1]).strip()
            folder = path.rpartition("/")[0]
            nested = f"{folder}/{target}" if folder else target
            is_path = "{" not in target and "$" not in target  # `$` is in names of Antora resources
            if is_path and nested.lower().endswith(SUFFIXES):
                self._read_attributes(nested)
        elif condition := patterns.CONDITIONAL.match(line):
            if condition[1] == "endif":
                attributes.end_condition()
            elif not condition[3]:
                attributes.begin_condition(condition[1], condition[2])
