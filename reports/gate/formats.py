"""Write the result of a gate: as text, as annotations of GitHub and GitLab, and as a comment."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from reports.formats.github import workflow_command
from reports.formats.markdown.escaping import autolink, escape, place_link
from reports.gate.model import AddedCitation, GateResult
from reports.i18n import Lang, Translator, translator_for
from reports.source_links import path_in_repository
from reports.wording.details import translate_detail
from reports.wording.sanitize import plain, plain_url
from store.vocabulary.log_lines import escape_commands, one_log_line
from store.vocabulary.secrets import remove_credentials

GATE_MARKER = "<!-- holdfast-gate -->"
_ENGLISH = translator_for(Lang.EN)
_MAX_LENGTH = 60_000  # characters of a comment; GitHub accepts 65,536
_MAX_PATCH = 30_000  # characters of the patch in it


class GateFormat(StrEnum):
    """The values of `holdfast gate --format`."""

    TEXT = "text"
    GITHUB = "github"
    GITLAB = "gitlab"
    COMMENT = "comment"
    PATCH = "patch"


def headline(result: GateResult, translate: Translator = _ENGLISH) -> str:
    """Return the counts of a result, separated by commas on one line."""
    number = len(result.citations)
    counts = [
        translate.count("{number} new citation", "{number} new citations", number),
        translate.count(
            "{number} with a verified copy",
            "{number} with a verified copy",
            number - len(result.without_copy),
        ),
    ]
    if result.to_add:
        text = translate.count(
            "{number} copy to add to the page",
            "{number} copies to add to the pages",
            len(result.to_add),
        )
        counts.append(text)
    if result.to_add_by_hand:
        text = translate.count(
            "{number} copy to add by hand",
            "{number} copies to add by hand",
            len(result.to_add_by_hand),
        )
        counts.append(text)
    if result.without_copy:
        text = translate.count(
            "{number} without a copy", "{number} without a copy", len(result.without_copy)
        )
        counts.append(text)
    if result.failing:
        text = translate("{number} failing", number=f"{len(result.failing):,}")
        counts.append(text)
    return translate(", ").join(counts)


def describe_citation(citation: AddedCitation, translate: Translator = _ENGLISH) -> str:
    """Return whether a citation fails, and which copy it lacks; empty if it is in order."""
    parts = []
    if citation.fails:
        parts.append(translate("it fails: {fault}", fault=plain(citation.fault, 600)))
    if citation.missing:
        reason = translate(citation.missing)
        if citation.detail:
            reason += f" ({plain(translate_detail(citation.detail, translate))})"
        parts.append(translate("no verified copy: {reason}", reason=reason))
    elif citation.is_for_patch:
        parts.append(translate("copy to add: {url}", url=plain_url(citation.copy)))
    elif citation.lacks_copy_in_page:
        parts.append(translate("copy to add by hand: {url}", url=plain_url(citation.copy)))
    return translate("; ").join(parts)


def _text(result: GateResult, translate: Translator) -> Iterator[str]:
    """Yield a line for each citation that is not in order, and the counts."""
    for citation in result.citations:
        if description := describe_citation(citation, translate):
            place = f"{plain(citation.page, 1_000)}:{citation.line}:{citation.column}"
            # The name of a page may be a command to a CI runner.
            yield one_log_line(f"{place}: {plain_url(citation.url)}: {description}") + "\n"
    for obstacle in result.obstacles:
        yield f"{translate(obstacle)}\n"
    yield f"{headline(result, translate)}\n"


def _github(result: GateResult, _: Translator) -> Iterator[str]:
    """Yield a workflow command for each citation that is not in order, errors first.

    Obstacles are left out, as they are about no line of a page.
    """
    described = [(each, describe_citation(each)) for each in result.citations]
    found = [(_severity(result, each), each, text) for each, text in described if text]
    for kind in ("error", "warning", "notice"):
        for severity, citation, description in found:
            if severity == kind:
                yield workflow_command(
                    kind,
                    f"{plain_url(citation.url)}: {description}",
                    file=plain(_path_in_repository(result, citation), 1_000),
                    line=citation.line,
                    col=citation.column,
                    title="New citation",
                )


def _path_in_repository(result: GateResult, citation: AddedCitation) -> str:
    return path_in_repository(result.repository_folder, citation.page)


def _severity(result: GateResult, citation: AddedCitation) -> str:
    """Return the kind of annotation for a citation: error, warning or notice."""
    if result.stops(citation):
        return "error"
    return "warning" if citation.missing or citation.fails else "notice"


def _gitlab(result: GateResult, _: Translator) -> Iterator[str]:
    """Yield a Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/.

    Obstacles are left out, as they are about no line of a page.
    """
    severities = {"error": "major", "warning": "minor", "notice": "info"}
    issues = []
    for citation in result.citations:
        description = describe_citation(citation)
        if not description:
            continue
        identity = f"{citation.page}\0{citation.line}\0{citation.column}\0{citation.url}"
        issue = {
            "description": f"{plain_url(citation.url)}: {description}",
            "check_name": "holdfast-gate",
            "fingerprint": hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest(),
            "severity": severities[_severity(result, citation)],
            "location": {
                "path": _path_in_repository(result, citation),
                "lines": {"begin": citation.line},
            },
        }
        issues.append(issue)
    yield escape_commands(json.dumps(issues, indent=1), r"\u005b") + "\n"


def _comment(result: GateResult, translate: Translator) -> Iterator[str]:
    """Yield a Markdown comment; its first line is a marker, by which it is found and replaced."""
    head = f"{GATE_MARKER}\n**{escape(headline(result, translate), 600)}**\n"
    yield head
    remaining = _MAX_LENGTH - len(head)
    for obstacle in result.obstacles:
        paragraph = f"\n{escape(translate(obstacle), 600)}\n"
        remaining -= len(paragraph)
        yield paragraph
    patch = _patch_block(result, translate)
    remaining -= len(patch)
    entries = [entry for each in result.citations if (entry := _entry(result, each, translate))]
    if entries:
        yield "\n"
    for number, entry in enumerate(entries):
        remaining -= len(entry)
        if remaining < 0:
            left = len(entries) - number
            yield "\n" + translate("… and {number} more.", number=f"{left:,}") + "\n"
            break
        yield entry
    yield patch


def _entry(result: GateResult, citation: AddedCitation, translate: Translator) -> str:
    """Return the list item of a citation in a comment; empty if it is in order."""
    description = describe_citation(citation, translate)
    if not description:
        return ""
    place = place_link(result.source_url, citation.page, citation.line)
    return f"- {place}: {autolink(citation.url)}\n  {escape(description, 1_000)}\n"


def _patch_block(result: GateResult, translate: Translator) -> str:
    """Return the patch in a collapsed block, or a sentence that names the command for it.

    The sentence replaces a patch that is too long, is not UTF-8, or has a password in a URL.
    """
    if not result.patch:
        return ""
    try:
        text = result.patch.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or len(text) > _MAX_PATCH or remove_credentials(text) != text:
        advice = translate("The patch that adds the copies: holdfast gate --format patch")
        return f"\n{escape(advice, 600)}\n"
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    title = escape(translate("The patch that adds the copies (git apply)"), 600)
    block = f"{fence}diff\n{text}{fence}"
    return f"\n<details><summary>{title}</summary>\n\n{block}\n\n</details>\n"


# The suffix of the file name, and the function that yields the parts of the text
_RENDERERS: Mapping[GateFormat, tuple[str, Callable[[GateResult, Translator], Iterator[str]]]] = {
    GateFormat.TEXT: (".txt", _text),
    GateFormat.GITHUB: (".github.txt", _github),
    GateFormat.GITLAB: (".gitlab.json", _gitlab),
    GateFormat.COMMENT: (".comment.md", _comment),
}


def file_name(format_: GateFormat) -> str:
    """Return the name of a format's file in a folder."""
    return "gate.patch" if format_ is GateFormat.PATCH else f"gate{_RENDERERS[format_][0]}"


def render_gate(result: GateResult, format_: GateFormat, translate: Translator = _ENGLISH) -> bytes:
    """Return a result in a format.

    Args:
        result: The result.
        format_: The format; annotations are in English.
        translate: Translates the other formats.
    """
    if format_ is GateFormat.PATCH:
        return result.patch
    return "".join(_RENDERERS[format_][1](result, translate)).encode("utf-8", "replace")
