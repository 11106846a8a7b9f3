"""Define templates, their parameters, and which of them cite a web page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter

from crawler.pages.formats.wikitext.patterns import PARAMETER_NAME
from crawler.pages.formats.wikitext.template_names import (
    ARCHIVE_PARAMETERS,
    CAPTURE_TIME,
    CAPTURE_TIME_PARAMETERS,
    COPY_PARAMETERS,
    COPY_TEMPLATE,
    DEAD_LINK_TEMPLATE,
    DEAD_SINCE_PARAMETERS,
    DEAD_STATUSES,
    OTHER_STATUS_PARAMETERS,
    STATUS_PARAMETERS,
)
from crawler.pages.raw_links import RawLink

_NAME_CHARACTERS = 200  # of a template
_VALUE_CHARACTERS = 2000  # of a parameter

_CITATION = re.compile(r"(?:cite[ _].+|cite|citation|vcite[ _].+)\Z", re.IGNORECASE)
_GERMAN = re.compile(r"internetquelle\Z", re.IGNORECASE)
_FRENCH = re.compile(r"lien[ _]web\Z", re.IGNORECASE)


class WikiForm(StrEnum):
    """The syntax in which an address is written."""

    EXTERNAL = "external"  # [url text]
    BARE = "bare"
    PARAMETER = "parameter"  # the whole value of a template's parameter


@dataclass(slots=True)
class Parameter:
    """A parameter of a template.

    Attributes:
        name: In lower case; "" if it has none.
        bar: The index of the bar before it.
        start: The index at which its value begins, without white space, or is to be written.
        end: The index at which its value ends.
        text: Its value, up to 2,000 characters.
    """

    name: str
    bar: int
    start: int
    end: int
    text: str = ""


@dataclass(slots=True)
class Template:
    """A call of a template.

    Attributes:
        start: The index of its opening braces.
        name: Its name as written.
        parameters: Its parameters, in the order of the page.
        end: The index behind its closing braces; 0 if it is never closed.
        links: The addresses in it.
    """

    start: int
    name: str = ""
    parameters: list[Parameter] = field(default_factory=list)
    end: int = 0
    links: list[WikiLink] = field(default_factory=list)
    # The parameters that MediaWiki uses, by name, each with the index at which its name first
    # occurs in `parameters`
    _used: dict[str, tuple[int, Parameter]] = field(default_factory=dict, repr=False)
    _indexed: int = field(default=0, repr=False)  # the number of `parameters` that `_used` covers

    def begin_parameter(self, page: str, bar: int) -> None:
        """Add the parameter that begins at a bar of the page, its value still empty."""
        name = PARAMETER_NAME.match(page, bar + 1)
        if name is None:
            self.parameters.append(Parameter("", bar, bar + 1, bar + 1))
        else:
            key = name[1].strip().lower()
            self.parameters.append(Parameter(key, bar, name.end(), name.end()))

    def end_part(self, page: str, at: int) -> None:
        """End the template's name, or else the value of its last parameter, at an index."""
        if not self.parameters:
            first = self.start + 2
            self.name = " ".join(page[first : min(at, first + _NAME_CHARACTERS)].split())
            return
        last = self.parameters[-1]
        last.start, last.end = min(last.start, at), at
        while last.end > last.start and page[last.end - 1].isspace():
            last.end -= 1
        if last.end == last.start:
            # No value: `start` and `end` are where a new one is written, behind `=` or ` = `.
            behind_sign = page.rfind("=", last.bar, at) + 1
            last.start = max(behind_sign, last.bar + 1)
            if page.startswith(" = ", last.start - 2) and last.start < at:
                last.start += 1
            last.end = last.start
        last.text = page[last.start : min(last.end, last.start + _VALUE_CHARACTERS)].strip()

    @property
    def end_of_name(self) -> int:
        """Return the index behind its name."""
        return self.parameters[0].bar if self.parameters else self.end

    def find(self, names: Iterable[str]) -> Parameter | None:
        """Return the first parameter that has one of the given names."""
        return next(iter(self._used_parameters(names)), None)

    def value(self, names: Iterable[str]) -> str:
        """Return the first value of a parameter with one of the given names; "" if none has one."""
        used = self._used_parameters(names)
        return next((each.text for each in used if each.text), "")

    def _used_parameters(self, names: Iterable[str]) -> Sequence[Parameter]:
        """Return the parameters in use that have one of the given names, in the order of the page.

        Of those with one name, MediaWiki uses the last
        (https://www.mediawiki.org/wiki/Help:Templates).
        """
        for parameter in self.parameters[self._indexed :]:
            first = self._indexed
            if parameter.name in self._used:
                first = self._used[parameter.name][0]
            self._used[parameter.name] = first, parameter
            self._indexed += 1
        found = [self._used[name] for name in frozenset(names) if name in self._used]
        return [parameter for _, parameter in sorted(found, key=itemgetter(0))]

    @property
    def archive_names(self) -> Sequence[str] | None:
        """Return the names of the parameters for a copy: its URL, date and, if any, its status.

        A date without a name ("") is not known. None if the template is not known to have such
        parameters.
        """
        if _CITATION.match(self.name):
            return ("archive-url", "archive-date", "url-status")
        if _GERMAN.match(self.name):
            return ("archiv-url", "archiv-datum")
        if _FRENCH.match(self.name):
            return ("archive-url", "archive-date")
        written = self.find(ARCHIVE_PARAMETERS)
        return (written.name, COPY_PARAMETERS[written.name]) if written else None

    @property
    def is_archive_link(self) -> bool:
        """Return whether it shows only a link to an archive copy, not the citation itself."""
        return COPY_TEMPLATE.match(self.name) is not None

    @property
    def capture_time(self) -> str:
        """Return the time of the capture whose link it builds (YYYYMMDDhhmmss), or ""."""
        if not self.is_archive_link:
            return ""
        return next(filter(CAPTURE_TIME.match, map(self._one_value, CAPTURE_TIME_PARAMETERS)), "")

    def _one_value(self, name: str) -> str:
        return self.value([name])

    @property
    def is_dead_link_note(self) -> bool:
        """Return whether it only says that a link is dead."""
        return DEAD_LINK_TEMPLATE.match(self.name) is not None

    @property
    def says_dead(self) -> bool:
        """Return whether its author marked its link as dead."""
        statuses = (*STATUS_PARAMETERS, *OTHER_STATUS_PARAMETERS)
        return (
            self.is_dead_link_note
            or self.value(statuses).lower() in DEAD_STATUSES
            or bool(self.value(DEAD_SINCE_PARAMETERS))
        )

    @property
    def is_citation(self) -> bool:
        """Return whether it cites a page and may name its copy."""
        return self.archive_names is not None


@dataclass(slots=True)
class WikiLink:
    """A link with what a fix needs to know.

    Attributes:
        link: The link.
        form: How its address is written.
        index: The character index at which its URL begins.
        insert_at: The byte offset behind its markup, at which a copy may be added.
        template: The template that it is in, if any.
        parameter: The name of its parameter.
        in_unnamed_parameter: It is in a parameter without a name. MediaWiki would take the text
            before a `=` in it for the name.
        in_reference: It is in a reference.
        is_built: The template builds the URL from a part that the page has.
    """

    link: RawLink
    form: WikiForm
    index: int
    insert_at: int
    template: Template | None = None
    parameter: str = ""
    in_unnamed_parameter: bool = False
    in_reference: bool = False
    is_built: bool = False
