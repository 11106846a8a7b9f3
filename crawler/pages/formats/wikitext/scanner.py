"""Find the links, templates and references of a MediaWiki page in one pass."""

from __future__ import annotations

import re

from crawler.pages.formats.wikitext import patterns
from crawler.pages.formats.wikitext.structure import WikitextStructure
from crawler.pages.formats.wikitext.templates import Parameter, Template, WikiForm, WikiLink
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.source.bare_urls import MAX_URL_BYTES, NEXT_OF_LIST, unescape_entities
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

_LABEL_CHARACTERS = 2000  # of the text of an external link
_TARGET_CHARACTERS = 500  # of a link within the wiki, its text included
_SCHEME_LENGTH = len("http")  # characters to skip where no URL follows


class WikitextScanner(WikitextStructure):
    """Find the links and templates of one page.

    The base class `WikitextStructure` has the stack of what is open, and reads what is around
    links: headings, references, quotations and code (`_read_heading`, `_read_reference`,
    `_skip_code`, `_location`).

    Attributes:
        links: Its links to the web.
        internal: Its links within the wiki.
        unclosed: The byte offset of the first template that is never closed, or None.
    """

    def __init__(self, source: SourceText) -> None:
        super().__init__(source)
        self._templates: list[Template] = []  # those among `_stack`
        self._label_end = 0  # the index at which the latest external link's text ends
        self.links: list[WikiLink] = []
        self.internal: list[RawLink] = []
        self.unclosed: int | None = None

    def read(self) -> None:
        """Read the page."""
        at = 0
        while token := patterns.TOKEN.search(self._text, at):
            at = self._read_token(token, str(token.lastgroup))
        if self._templates:
            self.unclosed = self._offsets.at(self._templates[0].start)

    def _read_token(self, token: re.Match[str], kind: str) -> int:
        """Read what begins with a token, and return the index at which reading continues."""
        if kind in {"comment", "code"}:
            return self._skip_code(token)
        if kind in {"url", "external"}:
            if token.start() < self._label_end:  # the text of a link cites nothing
                return token.end()
            if kind == "url":
                return self._read_free(token.start())
            return self._read_external(token.start())
        if kind == "heading":
            return self._read_heading(token)
        if kind in {"ref", "refend"}:
            self._read_reference(token, kind)
        elif kind in {"quote", "quoteend"}:
            self._count_quotation(is_open=kind == "quote")
        else:
            return self._read_brackets(token, kind)
        return token.end()

    def _read_brackets(self, token: re.Match[str], kind: str) -> int:
        """Open or close a template, an argument or a link, and return the index behind its sign."""
        at, end = token.start(), token.end()
        top = self._stack[-1] if self._stack else ""
        if kind == "open":
            template = Template(at)
            self._stack.append(template)
            self._templates.append(template)
        elif kind == "argument":
            self._stack.append("{{{")
        elif kind == "link":
            self._read_internal(end)
            self._stack.append("[[")
        elif kind == "linkend" and top == "[[":
            self._stack.pop()
        elif kind == "bar" and isinstance(top, Template):
            top.end_part(self._text, at)
            top.begin_parameter(self._text, at)
        elif kind == "close":
            return self._close(at)
        return end

    def _close(self, at: int) -> int:
        """Close a template or an argument at `}}`, and return the index behind the braces."""
        while self._stack and self._stack[-1] == "[[":
            self._stack.pop()  # it was never closed
        if not self._stack:
            return at + 2
        top = self._stack.pop()
        if not isinstance(top, Template):
            return at + (3 if self._text.startswith("}}}", at) else 2)
        self._templates.pop()
        top.end_part(self._text, at)
        top.end = at + 2
        return at + 2

    # --- links

    def _read_free(self, start: int) -> int:
        """Read a URL in text, or one that is the value of a parameter, and return its end."""
        free = patterns.FREE.match(self._text, start, start + MAX_URL_BYTES)
        if free is None:
            return start + _SCHEME_LENGTH
        template = self._open_template()
        url = NEXT_OF_LIST.split(free[0].partition("|")[0], maxsplit=1)[0]
        if start < self._heading_end <= start + len(url):
            url = self._text[start : self._heading_end].rstrip()
        if patterns.FILLED_IN.match(self._text, start + len(url)):
            # A template completes the URL. Braces mark it as a placeholder, which is not checked.
            self._add(start, start + len(url), f"{url}{{{{}}}}", WikiForm.BARE)
            return start + len(url)
        parameter = template.parameters[-1] if template and template.parameters else None
        is_value = parameter is not None and self._is_first_in(parameter, start)
        if parameter is not None and not parameter.name and url[-1:] in ".,;:!?":
            is_value = False  # the sentence of a note: {{efn|https://a.example/b.}}
        if is_value and patterns.PARAMETER_END.match(self._text, start + len(url)):
            found = self._add(start, start + len(url), url, WikiForm.PARAMETER)
            found.link.kind = CitationKind.REFERENCE
            return start + len(url)
        if self._is_link_of_image(start):
            url = url.partition("]]")[0]
            self._add(start, start + len(url), url, WikiForm.PARAMETER)
            return start + len(url)
        url = patterns.without_trailing_punctuation(url)
        if url.partition("://")[2]:
            found = self._add(start, start + len(url), url, WikiForm.BARE)
            found.link.kind = CitationKind.BARE
        return start + max(_SCHEME_LENGTH, len(url))

    def _is_first_in(self, parameter: Parameter, start: int) -> bool:
        """Return whether only white space and comments are between a parameter's `=` and a URL."""
        if start - parameter.start > patterns.MAX_BEFORE_VALUE:
            return False
        return patterns.BEFORE_VALUE.fullmatch(self._text, parameter.start, start) is not None

    def _is_link_of_image(self, start: int) -> bool:
        """Return whether a URL is that of an image's link: `[[File:a.png|link=URL]]`."""
        if not self._stack or self._stack[-1] != "[[":
            return False
        before = self._text[max(0, start - 40) : start]
        return patterns.LINK_OF_IMAGE.search(before) is not None

    def _read_external(self, start: int) -> int:
        """Read `[url text]`.

        Returns:
            The index behind its URL; behind the opening bracket if no bracket closes it.
        """
        address = patterns.ADDRESS.match(self._text, start + 1, start + MAX_URL_BYTES)
        if address is None:
            return start + 1
        end = address.end()
        has_bar = "|" in address[0]  # [url|text], as if it were a link within the wiki
        if has_bar:
            end = start + 1 + address[0].index("|")
        stop = self._text.find("\n", end, end + _LABEL_CHARACTERS)
        stop = end + _LABEL_CHARACTERS if stop < 0 else stop
        close = patterns.closing_bracket(self._text, end, stop)
        if close < 0:
            return start + 1
        url = self._text[start + 1 : end]
        if url.count("{{") > url.count("}}"):
            url = f"{url}}}}}"  # a template in it has spaces: the URL is a placeholder
        found = self._add(start + 1, end, url, WikiForm.EXTERNAL, (start, close + 1))
        self._label_end = close
        label = patterns.MARKUP.sub(lambda markup: markup[1] or "", self._text[end:close])
        found.link.text = " ".join(unescape_entities(label.lstrip("|")).split())
        if has_bar:
            found.link.problem = "a bar is between the URL and its text"
        return end

    def _read_internal(self, start: int) -> None:
        """Add `[[page|text]]`; links to other namespaces and wikis are left out.

        Args:
            start: The index behind its opening brackets.
        """
        end = self._text.find("]]", start, start + _TARGET_CHARACTERS)
        target, bar, text = self._text[start : max(start, end)].partition("|")
        page = target.partition("#")[0]
        if ":" in page or not target.strip() or re.search(r"[\n\[\]{}<>]", target):
            return
        first, last = self._offsets.at(start), self._offsets.at(start + len(target))
        markup = self._offsets.at(start - 2), self._offsets.at(end + 2)
        name = target.strip()
        link = RawLink(first, last, name, CitationKind.INLINE, Location(), markup)
        link.text, link.is_wikilink = (text.strip() if bar else name), True
        self.internal.append(link)

    def _open_template(self) -> Template | None:
        """Return the innermost open template, if nothing else is open in it."""
        top = self._stack[-1] if self._stack else None
        return top if isinstance(top, Template) else None

    def _add(
        self,
        start: int,
        end: int,
        url: str,
        form: WikiForm,
        markup: tuple[int, int] | None = None,
    ) -> WikiLink:
        """Add a link, with the template and parameter that it is in.

        Args:
            start: The index at which its URL begins.
            end: The index at which its URL ends.
            url: The URL.
            form: How it is written.
            markup: The start and end of the whole link; by default those of its URL.

        Returns:
            The link.
        """
        first, last = markup or (start, end)
        location = self._location(first)
        offsets = self._offsets
        opened = offsets.at(first)
        span = offsets.at(start), offsets.at(end)
        whole = opened, offsets.at(last)
        self._locations.append((opened, location))
        for magic_word, character in patterns.MAGIC_WORDS:
            url = url.replace(magic_word, character)
        link = RawLink(*span, unescape_entities(url), CitationKind.INLINE, location, whole)
        found = WikiLink(link, form, start, whole[1], in_reference=self._reference is not None)
        template = self._templates[-1] if self._templates else None
        if template and not (self._reference and self._reference.start > template.start):
            found.template = template
            template.links.append(found)
            parameter = template.parameters[-1] if template.parameters else None
            found.parameter = parameter.name if parameter else ""
            found.in_unnamed_parameter = parameter is None or not parameter.name
        self.links.append(found)
        return found
