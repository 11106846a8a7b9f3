"""Find the links in the text of a block."""

from __future__ import annotations

import re
from typing import NamedTuple

from crawler.pages.formats.rst.inline_patterns import (
    EMBEDDED,
    LITERAL_END,
    PHRASE_END,
    START,
    URI,
    is_document_name,
    normalise_address,
    reference_name,
    unescape,
)
from crawler.pages.formats.rst.links import RstForm, RstLink
from crawler.pages.formats.rst.references import NamedTarget, References
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.source.bare_urls import MAX_URL_BYTES, NEXT_OF_LIST, bare_url_length
from crawler.pages.source.joined_text import JoinedText
from store.vocabulary import CitationKind

# The start of emphasis that nothing closes before the end of the text
_EMPHASIS = re.compile(r"(?<![^\s'\"(\[{<\-/:])(\*{1,2})(?=[^\s*]|\Z)(?:(?!\1).)*\Z", re.DOTALL)
_MAX_EMPHASIS = 300  # characters that are searched for the marks of emphasis

# Roles whose text is code or a name; the text of others may have an address.
_LITERAL_ROLES = frozenset(
    [
        "code",
        "literal",
        "math",
        "file",
        "samp",
        "command",
        "kbd",
        "envvar",
        "program",
        "option",
        "makevar",
        "regexp",
        "mailheader",
        "mimetype",
        "newsgroup",
        "dfn",
        "abbr",
        "guilabel",
        "menuselection",
        "term",
        "token",
        "keyword",
        "ref",
        "numref",
        "any",
        "index",
        "raw-html",
    ]
)
_PATH_ROLES = frozenset(["download"])
_WHOLE_URL = re.compile(r"https?://\S+\Z", re.IGNORECASE)


class RstPlace(NamedTuple):
    """The properties of a block that apply to the links in its text.

    Attributes:
        location: The structure around them.
        problem: Why links in it cannot be fixed, "" if they can.
        can_add: Text can be added behind its links.
    """

    location: Location
    problem: str = ""
    can_add: bool = True


def read_inline(joined: JoinedText, place: RstPlace, references: References) -> None:
    """Add the links in a text to those of a page.

    Args:
        joined: The text.
        place: The properties of its block.
        references: The links of the page.
    """
    text = joined.text
    if not ("`" in text or "_" in text or "://" in text):
        return
    _InlineReader(joined, place, references).read()


class _InlineReader:
    """Read the links in the text of one block."""

    def __init__(self, joined: JoinedText, place: RstPlace, references: References) -> None:
        self._joined, self._place, self._references = joined, place, references
        self._text = joined.text
        self._first_star = self._text.find("*")
        self._unclosed: set[str] = set()  # constructs with no closing mark in the rest of the text

    def read(self) -> None:
        """Add the links of the text."""
        at = 0
        while found := START.search(self._text, at):
            at = self._read_construct(found)

    def _read_construct(self, found: re.Match[str]) -> int:
        """Read one construct of `START`, and return the index at which reading continues."""
        if found["url"]:
            return self._read_url(found.start())
        if found["literal"]:
            end = self._closing("literal", LITERAL_END, found.end())
            return end.end() if end else found.end()
        if found["quote"]:
            return self._read_quoted(found)
        if found["name"]:
            self._add_use(found["name"], found["refend"], found.span())
        elif found["substitution"]:
            self._add_use(found["substitution"], found["subend"], found.span())
        return found.end()

    def _closing(self, kind: str, pattern: re.Pattern[str], at: int) -> re.Match[str] | None:
        """Return the closing mark of a construct that begins before an index, or None.

        Args:
            kind: `literal` or `phrase`. Once a search has found no mark, it is not repeated for
                this kind.
            pattern: The mark.
            at: The index.
        """
        if kind in self._unclosed:
            return None
        end = pattern.search(self._text, at + 1)
        if end is None:
            self._unclosed.add(kind)
        return end

    def _read_quoted(self, found: re.Match[str]) -> int:
        """Read a phrase in backquotes: a reference, or text with a role."""
        start = found.end()
        end = self._closing("phrase", PHRASE_END, start)
        if end is None:
            return start
        content, role = self._text[start : end.start()], found["role"] or end["role"]
        markup = found.start(), end.end()
        embedded = EMBEDDED.search(content)
        if end["refend"] and not role:
            if embedded:
                self._add_embedded(content, embedded, start, markup, end["refend"])
            else:
                self._add_use(content, end["refend"], markup)
        elif role and role.strip(":").rpartition(":")[2] == "doc":
            self._add_document(content, embedded, start, markup)
        elif role and role.strip(":").rpartition(":")[2] not in _LITERAL_ROLES:
            self._add_with_role(content, embedded, start, markup, role)
        return end.end()

    def _add_embedded(
        self,
        content: str,
        embedded: re.Match[str],
        start: int,
        markup: tuple[int, int],
        ending: str,
    ) -> None:
        """Add the reference `text <address>`_, which also defines its text as a target's name.

        Args:
            content: The text between the backquotes.
            embedded: The match of the address in it.
            start: The index of the content in the text.
            markup: The start and end of the whole reference.
            ending: `_`, or `__` if it defines no name.
        """
        written = embedded[1]
        text = unescape(" ".join(content[: embedded.start()].split()))
        is_reference = written.endswith("_") and not written.endswith("\\_")
        if is_reference and "://" not in written:
            name = reference_name(written[:-1].strip("`"))
            link = self._new_link(start + embedded.start(1), start + embedded.end(1), "", markup)
            link.link.text = text or name
            self._references.add_use(name, link)
            return
        first, last = start + embedded.start(1), start + embedded.end(1)
        link = self._new_link(first, last, normalise_address(written), markup)
        link.link.text = text or link.link.url
        link.can_add = self._place.can_add
        self._references.add(link)
        if ending == "_":
            target = NamedTarget(link.link.start, link.link.end, link.link.url, is_used=True)
            target.problem, target.form = link.problem, RstForm.EMBEDDED
            self._references.define(text or written, target)

    def _add_with_role(
        self,
        content: str,
        embedded: re.Match[str] | None,
        start: int,
        markup: tuple[int, int],
        role: str,
    ) -> None:
        """Add the address that is the text of a role, or is in angle brackets in it."""
        written, at = (embedded[1], embedded.start(1)) if embedded else (content, 0)
        is_path = role.strip(":") in _PATH_ROLES
        if not is_path and not _WHOLE_URL.match(written):
            return
        link = self._new_link(
            start + at, start + at + len(written), normalise_address(written), markup
        )
        link.link.text = unescape(content[: embedded.start()].strip()) if embedded else ""
        self._references.add(link)

    def _add_document(
        self,
        content: str,
        embedded: re.Match[str] | None,
        start: int,
        markup: tuple[int, int],
    ) -> None:
        """Add the document that Sphinx's role `doc` names, unless it is in another project."""
        written, at = (embedded[1], embedded.start(1)) if embedded else (content, 0)
        if not is_document_name(written):
            return
        link = self._new_link(start + at, start + at + len(written), written, markup)
        link.link.text = unescape(content[: embedded.start()].strip()) if embedded else ""
        self._references.add(link)

    def _add_use(self, written: str, ending: str, markup: tuple[int, int]) -> None:
        """Add a reference to a name, or, if its ending is `__`, to an anonymous target."""
        link = self._new_link(*markup, "", markup)
        link.link.text = " ".join(unescape(written).split())
        self._references.add_use("" if ending == "__" else reference_name(written), link)

    def _read_url(self, start: int) -> int:
        """Add the URL at an index, and return its end."""
        has_star = 0 <= self._first_star < start
        length = _url_length(self._text, start, has_star=has_star)
        end = start + max(1, length)
        url = unescape(self._text[start:end])
        if len(url.partition("://")[2]) > 0:
            link = self._new_link(start, end, url, (start, end))
            link.link.kind, link.form = CitationKind.BARE, RstForm.BARE
            # Markup within emphasis would be shown as it is written.
            is_emphasised = has_star and _is_emphasised(self._text, start, end)
            link.can_add = self._place.can_add and not is_emphasised
            self._references.add(link)
        return end

    def _new_link(self, start: int, end: int, url: str, markup: tuple[int, int]) -> RstLink:
        """Return a link of the text; `start`, `end` and `markup` are indexes of its characters."""
        joined = self._joined
        first, last = joined.page_offset(start), joined.page_offset(end)
        span = joined.page_offset(markup[0]), joined.page_offset(markup[1])
        link = RawLink(first, last, url, CitationKind.INLINE, self._place.location, span)
        problem = self._place.problem
        if not joined.is_in_one_piece(start, end):
            problem = problem or "it is written over several lines of a table: edit it by hand"
        return RstLink(link, RstForm.EMBEDDED, problem)


def _is_emphasised(text: str, start: int, end: int) -> bool:
    """Return whether a URL between two indexes is in emphasis: `*see URL*`, `**URL**`."""
    opened = _EMPHASIS.search(text, max(0, start - _MAX_EMPHASIS), start)
    return opened is not None and opened[1] in text[end : end + _MAX_EMPHASIS]


def _url_length(text: str, start: int, *, has_star: bool) -> int:
    """Return the length of the URL at an index: by docutils' rule for ASCII, else by GFM's.

    Args:
        text: The text.
        start: The index.
        has_star: An asterisk is written before it. That may open emphasis, so asterisks at the end
            of the URL close the emphasis and are not part of the URL.
    """
    rest = text[start : start + MAX_URL_BYTES]
    standard = URI.match(rest)
    gfm_length = bare_url_length(rest)
    length = standard.end() if standard else gfm_length
    # Docutils ends some URLs too early, at a character that a URL may have, or before the bracket
    # that closes one in the URL.
    cut = rest[length:gfm_length]
    is_cut = ")" in cut or any(map(str.isalnum, cut))
    is_list = gfm_length < length and NEXT_OF_LIST.match(rest, gfm_length)
    if is_cut or is_list or not rest[: max(gfm_length, length) + 1].isascii():
        length = gfm_length
    while has_star and rest[length - 1 : length] == "*":
        length -= 1
    return length
