"""The Jinja environment of the HTML templates: of the report, the site and mails."""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from reports.findings.descriptions import (
    describe_acknowledgement,
    describe_refusal,
    describe_refusal_counts,
    describe_seen_by_others,
    describe_unfixed,
    format_percent,
    kept_sentence,
    leave_progress_sentence,
    link_title,
    missing_parts_sentence,
)
from reports.findings.outline import count_refusals
from reports.mirror_choice import distance_days, first_access_date, is_rejected
from reports.model import Action, Section
from reports.places import distinct_places
from reports.source_links import is_address, source_link
from reports.statistics_enums import OverviewStatus
from reports.wording import labels
from reports.wording.details import translate_detail, translate_detail_of
from reports.wording.sanitize import plain, plain_url
from store.vocabulary import Role, State

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", re.ASCII)


@cache
def template_environment() -> Environment:
    """Return the Jinja environment of the templates, with the functions that they call."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": plain,
        "plain_url": plain_url,
        "code_spans": code_spans,
        "capitalize_not": capitalize_not,
        "unbroken_days": unbroken_days,
    }
    environment.globals |= {
        "describe_seen_by_others": describe_seen_by_others,
        "translate_detail": translate_detail,
        "translate_detail_of": translate_detail_of,
        "distance_days": distance_days,
        "kept_sentence": kept_sentence,
        "leave_progress_sentence": leave_progress_sentence,
        "describe_refusal_counts": describe_refusal_counts,
        "describe_refusal": describe_refusal,
        "describe_unfixed": describe_unfixed,
        "count_refusals": count_refusals,
        "missing_parts_sentence": missing_parts_sentence,
        "describe_acknowledgement": describe_acknowledgement,
        "distinct_places": distinct_places,
        "first_access_date": first_access_date,
        "format_percent": format_percent,
        "is_address": is_address,
        "is_rejected": is_rejected,
        "labels": labels,
        "link_title": link_title,
        "source_link": source_link,
        "Role": Role,
        "State": State,
        "Section": Section,
        "OverviewStatus": OverviewStatus,
        "Action": Action,
    }
    return environment


def capitalize_not(text: str) -> str:
    """Return a sentence with "Not" for the "not" at its beginning, else unchanged.

    >>> capitalize_not("not fixed at a.md:3"), capitalize_not("a.md:3")
    ('Not fixed at a.md:3', 'a.md:3')
    """
    return f"Not {text.removeprefix('not ')}" if text.startswith("not ") else text


def unbroken_days(text: str) -> Markup:
    """Return a text as HTML, with dates in elements that the stylesheet keeps on one line."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    marked = _DAY.sub(r'<span class="day">\g<0></span>', str(escape(text)))
    return Markup(marked)  # noqa: S704  the text is escaped


def code_spans(text: str) -> Markup:
    """Return one of Holdfast's own texts as HTML, with the text between backticks as code."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    parts = text.split("`")
    marked = [f"<code>{escape(part)}</code>" for part in parts[1::2]]
    plain_parts = [str(escape(part)) for part in parts[::2]]
    pieces = [piece for pair in zip_longest(plain_parts, marked, fillvalue="") for piece in pair]
    return Markup("".join(pieces))  # noqa: S704  every piece is escaped
