"""An Atom feed (RFC 4287) of what changed: one entry each time a link fails, is confirmed broken, moves or comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from heapq import nlargest
from typing import ClassVar
from uuid import NAMESPACE_URL, uuid5

from reports.formats.interface import Format
from reports.formats.xml_text import attributes, content
from reports.plain import plain_url
from reports.records import Finding, Report, Section
from reports.sentences import named, sentence, utc
from reports.sources import is_address, source_link

_MOST = 200  # entries, the newest: a feed is read again soon
_TOLD: Mapping[Section, str] = {
    Section.NEWLY_BROKEN: "Broken",
    Section.BROKEN: "Broken",
    Section.MIRROR_GONE_BAD: "Mirror gone bad",
    Section.SUSPECT: "Failing, not confirmed",
    Section.MOVED: "Moved",
    Section.RECOVERED: "Serves again",
}


class Atom(Format):
    """See the module. An entry keeps its id as long as the link stays in its state, so that no reader is told twice."""

    suffix: ClassVar[str] = ".atom"

    def render(self, report: Report) -> Iterator[str]:
        at = (report.run.finished_at or report.run.started_at) if report.run else report.generated_at
        title = f"Links of {report.wiki}" if report.wiki else "Links"
        yield '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        yield f"  <id>{_identifier('feed', report.wiki)}</id>\n  <title>{content(title)}</title>\n  <updated>{utc(at)}</updated>\n"
        yield "  <author><name>Holdfast</name></author>\n  <generator>Holdfast</generator>\n"
        told = {finding.link.id: (word, finding) for section, word in _TOLD.items() for finding in report.sections[section]}
        for word, finding in nlargest(_MOST, told.values(), key=lambda item: (_since(item[1], at), -item[1].link.id)):
            yield from _entry(report, word, finding, _since(finding, at))
        yield "</feed>\n"


def _entry(report: Report, word: str, finding: Finding, at: datetime) -> Iterator[str]:
    link, place = finding.link, finding.link.citations[0]
    yield "  <entry>\n"
    yield f"    <id>{_identifier(report.wiki, plain_url(link.url), link.role, link.standing.state, utc(at) or '')}</id>\n"
    yield f"    <title>{content(f'{word}: {named(link)}')}</title>\n    <updated>{utc(at)}</updated>\n"
    target = source_link(report.source_url, place.page, place.line) or plain_url(link.url)
    if is_address(target):
        yield f"    <link{attributes(rel='alternate', href=target)}/>\n"
    yield f"    <category{attributes(term=link.standing.state)}/>\n"
    places = ", ".join(dict.fromkeys(f"{place.page}:{place.line}" for place in link.citations[:20]))
    yield f'    <summary type="text">{content(f"{plain_url(link.url)}: {sentence(finding)} ({places})")}</summary>\n'
    yield "  </entry>\n"


def _since(finding: Finding, otherwise: datetime) -> datetime:
    return (finding.link.standing.state_since or otherwise).astimezone(UTC)


def _identifier(*parts: str) -> str:
    name = "\n".join(("holdfast", *parts)).encode("utf-8", "replace").decode("utf-8")
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"
