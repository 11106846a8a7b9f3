"""Read the explicit markup of a reStructuredText page: targets, footnotes and directives."""

from __future__ import annotations

import re

from crawler.pages.formats.rst import block_patterns as patterns
from crawler.pages.formats.rst.directives import (
    ContentKind,
    argument_kind,
    content_kind,
    has_text_argument,
    is_link_option,
    options_of,
)
from crawler.pages.formats.rst.inline_patterns import (
    SIMPLE_NAME,
    is_document_name,
    normalise_address,
    reference_name,
    unescape,
)
from crawler.pages.formats.rst.links import RstForm
from crawler.pages.formats.rst.references import NamedTarget
from crawler.pages.formats.rst.text_blocks import MAX_DEPTH, TITLE_PROBLEM, TextBlocks
from crawler.pages.raw_links import Location
from crawler.pages.source.html_attributes import linked_addresses
from store.vocabulary import CitationKind

_CSV_PROBLEM = "it is in a CSV table: edit it by hand"
_TREE_ENTRY = re.compile(r"(?:.*<)?([^<>]+)>?\Z")
_URL = re.compile(r"https?://\S+\Z", re.IGNORECASE)
_LONGEST_NAME = 500  # characters of the name of a substitution
_INDIRECT = re.compile(rf"(?:`(.+)`|({SIMPLE_NAME}))(?<!\\)_\Z", re.DOTALL)


class BlockReader(TextBlocks):
    """Decide the kind of each block of one page, and read it.

    The methods take and return indexes of lines: `_read_block` and the methods for one kind of
    block return the line at which reading continues. The indent of a blank line is -1 (`Lines`).
    """

    def _read_block(self, index: int) -> int:
        """Read the block that begins on a line, or its marker."""
        text = self._lines.texts[index]
        if text.startswith("..") and (len(text) == 2 or text[2] == " "):
            return self._read_explicit(index)
        if not text[0].isalnum():
            if patterns.ANONYMOUS.match(text):
                return self._read_target(index, "", text.partition(" ")[0])
            if (following := self._read_marked(index, text)) is not None:
                return following
        item = patterns.BULLET.match(text) or patterns.ENUMERATOR.match(text)
        if item and len(self._stack) < MAX_DEPTH:
            return self._read_item(index, item)
        return self._read_paragraph(index)

    def _read_explicit(self, index: int) -> int:
        """Read explicit markup, which begins with two dots: a target, a directive, a comment."""
        lines, indent, text = self._lines, self._lines.indents[index], self._lines.texts[index]
        if len(text) == 2 and (index + 1 == len(lines) or lines.indents[index + 1] < 0):
            return index + 1  # an empty comment
        rest = text[2:].lstrip()
        skipped = len(text) - len(rest)
        footnote = patterns.FOOTNOTE.match(rest)
        if footnote and len(self._stack) < MAX_DEPTH:
            self._push_item(self._body_indent(index, indent), footnote[1].lstrip("#") or "#")
            lines.cut(index, skipped + footnote.end())
            if lines.indents[index] < 0:
                return index + 1
            lines.indents[index] = self._stack[-1].indent
            return index
        if target := patterns.TARGET.match(rest):
            return self._read_target(index, target["name"] or "", text[: skipped + target.end()])
        if rest.startswith("|"):
            index, rest = self._skip_substitution(index, rest)
            text = lines.texts[index]
            skipped = len(text) - len(rest)
            lines.indents[index] = indent
        if directive := patterns.DIRECTIVE.match(rest):
            return self._read_directive(index, directive, skipped)
        return lines.block_end(index + 1, indent) or index + 1

    def _skip_substitution(self, index: int, rest: str) -> tuple[int, str]:
        """Return the line and the text behind `|name|`; the name may continue on more lines."""
        lines = self._lines
        start = lines.end(index) - len(rest)
        name = patterns.SUBSTITUTION.match(lines.text, start, start + _LONGEST_NAME)
        if name is None:
            return index, rest
        while index + 1 < len(lines) and lines.starts[index + 1] <= name.end():
            index += 1
        return index, lines.text[name.end() : lines.end(index)]

    def _read_target(self, index: int, name: str, marker: str) -> int:
        """Read `.. _name: address`.

        Args:
            index: Its line.
            name: The name, "" for an anonymous target.
            marker: What is written before the address.

        Returns:
            The line that follows it.
        """
        lines, indent = self._lines, self._lines.indents[index]
        line = lines.offsets.at(lines.starts[index])
        end = lines.paragraph_end(index + 1, indent)
        lines.cut(index, len(marker))
        if lines.indents[index] < 0 and end > index + 1:
            index += 1
        start, stop = lines.starts[index], lines.end(end - 1)
        written = lines.text[start:stop] if lines.indents[index] >= 0 else ""
        location = self._place(start, max(start, stop)).location if written else Location()
        target = NamedTarget(lines.offsets.at(start), lines.offsets.at(max(start, stop)), "")
        target.location, target.problem = location, self._stack[-1].problem
        if alias := _INDIRECT.match(written):
            target.alias = reference_name(alias[1] or alias[2])
        else:
            target.url = normalise_address(written)
        name = unescape(name)
        if name:
            self.names.append(name)
        self._define(name, target, line)
        return end

    def _define(self, name: str, target: NamedTarget, offset: int) -> None:
        """Define a target, also for the names without an address directly above it.

        Args:
            name: The name, "" for an anonymous target.
            target: The target.
            offset: The byte offset of the definition.
        """
        if not target.url and not target.alias and name:
            self._pending.append(name)  # it has the address of the next target, if one follows
            return
        for each in (name, *self._pending):
            other = self.references.define(each, target)
            if other is not None:
                self.duplicates.append((each, offset, other.start))
        self._pending = []

    def _read_directive(self, index: int, directive: re.Match[str], skipped: int) -> int:
        """Read the argument and options of a directive, and content that has no blocks.

        Args:
            index: Its line.
            directive: The match of its name.
            skipped: Characters of the line before the match.

        Returns:
            The line at which reading continues.
        """
        lines, indent = self._lines, self._lines.indents[index]
        name, end = directive[1].lower(), lines.paragraph_end(index + 1, indent)
        below = range(index + 1, end)
        options = (each for each in below if patterns.FIELD.match(lines.texts[each]))
        first_option = next(options, end)
        lines.cut(index, skipped + directive.end())
        first = index if lines.indents[index] >= 0 else index + 1
        argument = ""
        if first < first_option:
            argument = lines.text[lines.starts[first] : lines.end(first_option - 1)]
        content = content_kind(name, argument)
        is_text = self._read_argument(name, argument, first, first_option, content)
        has_options = first_option < end
        if is_text and has_options:
            self._read_text(first, first_option)
        for option, begin, stop in options_of(lines, first_option, end):
            self._read_option(option, begin, stop)
        following = first if is_text and not has_options else end
        if following == index:
            # The argument is the first line of a text, and has the indent of the lines below it.
            lines.indents[index] = self._body_indent(index, indent)
        block_end = lines.block_end(end, indent)
        if content in {ContentKind.CODE, ContentKind.HTML}:
            if content is ContentKind.HTML:
                self._read_html(end, block_end)
            return self._skip_code(end, block_end) if block_end > end else end
        if content is ContentKind.TREE:
            self._read_tree(end, block_end)
            return max(end, block_end)
        indents = [each for each in lines.indents[following:block_end] if each >= 0]
        body_indent = min(indents, default=-1)
        if body_indent > indent:
            problem = _CSV_PROBLEM if content is ContentKind.TABLE else ""
            self._push(body_indent, is_quoted=content is ContentKind.QUOTE, problem=problem)
        return following

    def _read_argument(
        self, name: str, argument: str, first: int, end: int, content: ContentKind
    ) -> bool:
        """Read the address or the title in an argument.

        Returns:
            True if the argument is text of the body instead, which the caller reads.
        """
        if not argument:
            return False
        lines = self._lines
        kind = argument_kind(name, argument)
        if kind is not None:
            start, stop = lines.starts[first], lines.end(end - 1)
            self._add_address(start, stop, kind, self._place(start, stop))
            return False
        if content is ContentKind.CODE or ":" in name or name.startswith("auto"):
            return False
        if has_text_argument(name) and name not in {"csv-table", "list-table", "table"}:
            return True
        self._read_text(first, end, problem=TITLE_PROBLEM)
        return False

    def _read_option(self, name: str, first: int, end: int) -> None:
        """Read the address or the reference in an option, if it has one."""
        lines = self._lines
        if lines.indents[first] < 0:
            return
        start, stop = lines.starts[first], lines.end(end - 1)
        value = lines.text[start:stop]
        if not is_link_option(name, value):
            return
        place = self._place(start, stop)
        if alias := _INDIRECT.match(value):
            link = self._new_link(start, stop, "", CitationKind.REFERENCE, place)
            self.references.add_use(reference_name(alias[1] or alias[2]), link)
        else:
            self._add_address(start, stop, CitationKind.INLINE, place)

    def _read_html(self, index: int, end: int) -> None:
        """Read the attributes of raw HTML."""
        if end <= index:
            return
        lines = self._lines
        start, stop = lines.starts[index], lines.end(end - 1)
        for first, last, url in linked_addresses(lines.text, start, stop):
            place = self._place(start, stop)
            link = self._new_link(first, last, url, CitationKind.INLINE, place)
            link.form = RstForm.HTML_ATTRIBUTE
            self.references.add(link)

    def _read_tree(self, index: int, end: int) -> None:
        """Read the URLs and the names of pages in a table of contents."""
        for each in range(index, end):
            entry = _TREE_ENTRY.match(self._lines.texts[each])
            if entry and (_URL.match(entry[1]) or is_document_name(entry[1])):
                start = self._lines.starts[each] + entry.start(1)
                place = self._place(start, self._lines.end(each))
                self._add_address(start, start + len(entry[1]), CitationKind.INLINE, place)
