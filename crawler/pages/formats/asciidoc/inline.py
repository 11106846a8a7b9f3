"""Find the links in the text of a block."""

from __future__ import annotations

import re

from crawler.pages.fixes.edits import IN_CODE
from crawler.pages.formats.asciidoc import inline_patterns as patterns
from crawler.pages.formats.asciidoc.block_text import BlockText
from crawler.pages.formats.asciidoc.content import AdocContent
from crawler.pages.formats.asciidoc.link_text import text_and_title
from crawler.pages.formats.asciidoc.links import AdocForm, AdocLink, AdocPlace
from crawler.pages.formats.asciidoc.media import add_attribute_links, add_target
from crawler.pages.formats.asciidoc.substitutions import PASSTHROUGH_MARK
from crawler.pages.formats.asciidoc.targets import reference_target
from crawler.pages.source.bare_urls import MAX_URL_BYTES, bare_url_length
from crawler.pages.source.joined_text import JoinedText
from store.vocabulary import CitationKind

_CHARACTERS_BEFORE = 100  # before a bare URL that are searched for a mark that opens around it
_MAX_REFERENCE = 1000  # characters of the target of a cross reference


def read_inline(joined: JoinedText, place: AdocPlace, content: AdocContent) -> None:
    """Add the links in a text to a page.

    Args:
        joined: The text.
        place: The properties of its block.
        content: The content of the page.
    """
    text = joined.text
    if any(mark in text for mark in patterns.LINK_MARKS):
        _InlineReader(joined, place, content).read()


def _prefix_length(text: str, colon: int) -> int:
    """Return the length of the scheme or macro name before a colon, or 0."""
    before = text[max(0, colon - patterns.LONGEST_PREFIX) : colon].lower()
    return next((len(name) for name in patterns.PREFIXES if before.endswith(name)), 0)


class _InlineReader:
    """Read the links in the text of one block."""

    def __init__(self, joined: JoinedText, place: AdocPlace, content: AdocContent) -> None:
        self._place, self._content = place, content
        self._block = BlockText(joined, place, content)
        self._resolved, self._joined = self._block.resolved, joined
        self._text = self._resolved.text
        self._is_monospaced = False
        self._footnote: str | None = None  # the label of the footnote that is being read
        self._is_unclosed = False  # no square bracket is closed in the rest of the text
        self._target_end = 0  # of the last target of `link:`, which may contain more of them

    def read(self) -> None:
        """Add the links of the text."""
        at, text = 0, self._text
        while mark := patterns.MARK.search(text, at):
            start = mark.start()
            if mark[0] == ":":
                start -= _prefix_length(text, start)
            found = patterns.START.match(text, start) if start >= at else None
            at = max(found.end(), self._read_construct(found)) if found else mark.end()

    # The methods `_read_…` return the index at which reading continues.

    def _read_construct(self, found: re.Match[str]) -> int:
        """Read one construct of `patterns.START`."""
        if found["escape"]:
            return self._skip_escaped(found.end())
        readers = {
            "image": self._read_image,
            "url": self._read_url,
            "other": self._read_url,
            "link": self._read_link,
            "mail": self._read_link,
            "xref": self._read_xref,
            "reference": self._read_reference,
        }
        for group, read in readers.items():
            if found[group]:
                return read(found)
        self._read_mark(found)
        return found.end()

    def _read_mark(self, found: re.Match[str]) -> None:
        """Read a mark that changes how the text behind it is read, or raw HTML."""
        if found["code"]:
            self._is_monospaced = not self._is_monospaced
        elif found["close"]:
            self._footnote = None
        elif found["passthrough"]:
            self._read_html(found.start())
        elif found["footnote"]:
            self._begin_footnote(found)

    def _skip_escaped(self, at: int) -> int:
        """Return the index behind an escaped macro or URL."""
        return self._end_of_target(at)

    def _end_of_target(self, at: int) -> int:
        """Return the index behind the target of a macro that begins at an index."""
        if at >= self._target_end:
            found = patterns.TARGET.match(self._text, at)
            self._target_end = found.end() if found else at
        return self._target_end

    def _closing(self, at: int) -> int | None:
        """Return the index of the bracket that closes the text of a macro, or None."""
        if self._is_unclosed:
            return None
        first = at
        while found := patterns.CLOSING.search(self._text, at):
            if found[1]:
                # Texts of nested macros are searched again. A search costs about an eighth as much
                # as reading, so only an eighth of the characters is charged to the limit.
                self._content.limit.spend((found.start() - first) // 8)
                return found.start()
            at = found.end()
        self._is_unclosed = True
        return None

    # --- links with an address

    def _read_url(self, found: re.Match[str]) -> int:
        """Read `https://target[text]` or a bare URL."""
        start = found.start()
        target = patterns.URL_TARGET.match(self._text, start, start + MAX_URL_BYTES)
        is_macro = target and len(target[0]) > len(found[0]) and self._may_be_target(target[0])
        if target and is_macro:
            stop = self._closing(target.end() + 1)
            if stop is not None:
                self._add_macro((start, target.end()), (start, stop + 1), target.end() + 1)
                return stop + 1
        if found["other"] or (self._is_monospaced and not self._is_linked(start)):
            return found.end()
        return self._read_bare(start)

    def _may_be_target(self, target: str) -> bool:
        """Return whether all of a text is the URL of a macro, and none of it prose after a URL."""
        if target.isascii():
            return True
        return bare_url_length(target) == len(target) or not patterns.FULL_WIDTH.search(target)

    def _is_linked(self, start: int) -> bool:
        """Return whether Asciidoctor makes a link of a bare URL, by the character before it."""
        return start == 0 or self._text[start - 1] in patterns.BEFORE_URL

    def _read_bare(self, start: int) -> int:
        """Read a bare URL or `<url>`."""
        text = self._text
        rest = patterns.BARE.match(text, start, start + MAX_URL_BYTES)[0]  # type: ignore[index]
        before = text[max(0, start - _CHARACTERS_BEFORE) : start]
        length = bare_url_length(rest, before)
        opened = before[-1:]
        if opened == "`" and (code := patterns.CODE.match(text, start, start + MAX_URL_BYTES)):
            length = len(code[0])
            if "*" in code[0]:  # a pattern
                self._content.placeholders += 1
                return start + length
        if opened in {"*", "_", "#", "~", "^"} and (at := rest.find(opened, 0, length)) > 0:
            length = at
        end = start + length
        if length <= len("https://"):
            return start + len("https://")
        in_brackets = text.startswith(">", end) and before.endswith("<")
        markup = (start - 1, end + 1) if in_brackets else (start, end)
        link = self._new_link((start, end), markup)
        link.form = AdocForm.AUTOLINK if in_brackets else AdocForm.BARE
        link.link.kind = CitationKind.AUTOLINK if in_brackets else CitationKind.BARE
        if not link.problem and (self._is_monospaced or opened == "`"):
            link.problem = IN_CODE
        self._add(link)
        return markup[1]

    def _read_link(self, found: re.Match[str]) -> int:
        """Read `link:target[text]` or `mailto:target[text]`."""
        end = self._end_of_target(found.end())
        stop = self._closing(end + 1) if self._text.startswith("[", end) else None
        if stop is None:
            return found.end()
        start = found.start() if found["mail"] else found.end()
        self._add_macro((start, end), (found.start(), stop + 1), end + 1)
        return stop + 1

    def _add_macro(self, target: tuple[int, int], markup: tuple[int, int], text_at: int) -> None:
        """Add the link of a macro.

        Args:
            target: The indexes of its address.
            markup: The indexes of the whole macro.
            text_at: The index at which its text begins.
        """
        link = self._new_link(target, markup)
        written = self._resolved.shown(text_at, markup[1] - 1)
        link.link.text, link.link.title = text_and_title(written)
        if self._resolved.is_literal(text_at - 1, markup[1]):
            link.text_span = self._block.byte_span(text_at, markup[1] - 1)
        is_passthrough = self._text[slice(*target)] == PASSTHROUGH_MARK
        piece = self._resolved.passthrough_at(target[0]) if is_passthrough else None
        if piece and piece.content:
            first, last = piece.content
            link.link.start = self._joined.page_offset(first)
            link.link.end = self._joined.page_offset(last)
            link.form = AdocForm.PASSTHROUGH
        self._add(link)
        for found in patterns.IMAGE.finditer(self._text, text_at, markup[1]):
            self._read_image(found)

    # --- links within the wiki

    def _read_xref(self, found: re.Match[str]) -> int:
        """Read `xref:target[text]`."""
        bracket = self._text.find("[", found.end(), found.end() + _MAX_REFERENCE)
        stop = self._closing(bracket + 1) if bracket >= 0 else None
        if stop is None or "\n" in self._text[found.end() : bracket]:
            return found.end()
        text = self._resolved.shown(bracket + 1, stop)
        self._add_reference((found.end(), bracket), (found.start(), stop + 1), text)
        return stop + 1

    def _read_reference(self, found: re.Match[str]) -> int:
        """Read `<<target,text>>`."""
        end = patterns.REFERENCE_END.search(self._text, found.end(), found.end() + _MAX_REFERENCE)
        if end is None:
            return found.end()
        inside = self._text[found.end() : end.start()]
        target, _, text = inside.partition(",")
        if "://" in target or target.startswith("link:"):
            return found.end()
        if "://" in text:  # reading continues in the text, which has a link
            return found.end() + len(target)
        span = found.end(), found.end() + len(target.rstrip())
        self._add_reference(span, (found.start(), end.end()), text.strip())
        return end.end()

    def _add_reference(self, span: tuple[int, int], markup: tuple[int, int], text: str) -> None:
        """Add the internal link of a cross reference."""
        written = self._resolved.shown(*span).strip()
        if "{" in written:
            self._content.placeholders += 1
            return
        target = reference_target(written, self._content.path)
        if target is None or target == "#":
            return
        link = self._new_link(span, markup)
        link.link.url, link.link.text = target, text_and_title(text)[0]
        self._content.links.append(link)

    # --- other constructs

    def _read_image(self, found: re.Match[str]) -> int:
        """Read `image:target[attributes]` or `icon:name[attributes]`."""
        target = patterns.IMAGE_TARGET.match(self._text, found.end())
        stop = self._closing(target.end() + 1) if target else None
        if target is None or stop is None:
            return found.end()
        place = self._block.place_of(found.start(), stop + 1)
        if found["image"].lower() == "image":
            span = self._block.page_span(target.start(), target.end())
            shown = self._resolved.shown(target.start(), target.end())
            add_target(self._content, span, shown, place)
        first, last = self._resolved.written_span(target.end() + 1, stop)
        options = self._joined.text[first:last]
        add_attribute_links(self._content, self._joined.page_index(first), options, place)
        return stop + 1

    def _begin_footnote(self, found: re.Match[str]) -> None:
        """Begin a footnote, which ends at the next square bracket that closes no macro in it."""
        footnotes = self._content.footnotes
        self._footnote = found["label"] or str(len(footnotes) + 1)
        start = self._resolved.written_span(found.start(), found.end())[0]
        footnotes[self._joined.page_offset(start)] = self._footnote

    def _read_html(self, index: int) -> None:
        """Read the raw HTML in a passthrough."""
        piece = self._resolved.passthrough_at(index)
        if piece and piece.content and piece.is_html:
            start, stop = (self._joined.page_index(each) for each in piece.content)
            self._content.add_html(start, stop, self._place)

    def _add(self, link: AdocLink) -> None:
        """Add a link, or count a placeholder if its URL has an attribute without a value."""
        url = link.link.url
        if "{" in url and "://" not in url:
            self._content.placeholders += 1
            return
        self._content.links.append(link)

    def _new_link(self, span: tuple[int, int], markup: tuple[int, int]) -> AdocLink:
        """Return the link whose URL is in `span` and whose whole markup is in `markup`."""
        return self._block.new_link(span, markup, self._footnote)
