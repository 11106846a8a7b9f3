"""Respond to queries of the demo archive's index, as the Wayback Machine's CDX server does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web

from crawler.demo.archive_data import FIELDS, StoredSnapshot, seconds_between, surt


def cdx_response(query_string: str, snapshots: Iterable[StoredSnapshot]) -> web.Response:
    """Return the response to a CDX query.

    Args:
        query_string: As requested, percent-encoded.
        snapshots: All snapshots in the index.

    Returns:
        Rows as JSON or text; with a resume key if the query requests one and the limit leaves out
        rows.

    Raises:
        ValueError: A value of the query is invalid.
        re.error: A filter is no regular expression.
    """
    query = parse_qsl(query_string, keep_blank_values=True)
    options = dict(query)
    if not options.get("url"):
        raise ValueError("url is required")
    filters = [value for name, value in query if name == "filter"]
    rows = _matching_rows(options, filters, snapshots)
    limit = int(options.get("limit") or 0)
    limited = rows
    if limit > 0:
        limited = rows[:limit]
    elif limit < 0:  # the last rows
        limited = rows[limit:]
    fields = options.get("fl", ",".join(FIELDS)).split(",")
    _check_fields(fields)
    table = [[row[name] for name in fields] for row in limited]
    key = ""
    if options.get("showResumeKey") == "true" and 0 < limit < len(rows):
        key = quote(f"{limited[-1]['urlkey']} {limited[-1]['timestamp']}")
    if options.get("output") == "json":
        lines = [fields, *table] if table else []
        return web.json_response([*lines, [], [key]] if key else lines)
    text = "".join(f"{' '.join(line)}\n" for line in table)
    return web.Response(text=f"{text}\n{key}\n" if key else text)


def _matching_rows(
    options: Mapping[str, str], filters: Iterable[str], snapshots: Iterable[StoredSnapshot]
) -> Sequence[Mapping[str, str]]:
    """Return the rows that match a query, sorted as it says; its limit is not applied."""
    key = surt(options["url"].removesuffix("*"))
    is_prefix = options["url"].endswith("*") or options.get("matchType") == "prefix"
    earliest = options.get("from", "").ljust(14, "0")
    latest = options.get("to", "").ljust(14, "9")
    rows = []
    for snapshot in snapshots:
        matches = snapshot.key.startswith(key) if is_prefix else snapshot.key == key
        if matches and earliest <= snapshot.timestamp <= latest:
            rows.append(snapshot.row())
    for expression in filters:
        rows = _filtered(rows, expression)
    rows.sort(key=_index_position, reverse=options.get("sort") == "reverse")
    if options.get("collapse") == "urlkey":  # the first of each run of rows with the same key
        rows = [next(group) for _, group in groupby(rows, key=lambda row: row["urlkey"])]
    if options.get("sort") == "closest":
        closest = options.get("closest", "")
        rows.sort(key=lambda row: seconds_between(row["timestamp"], closest))
    if options.get("resumeKey"):
        resume = unquote(options["resumeKey"])
        rows = [row for row in rows if " ".join(_index_position(row)) > resume]
    return rows


def _check_fields(names: Iterable[str]) -> None:
    """Raise ValueError if one of the names is no field of the index."""
    if unknown := set(names) - set(FIELDS):
        raise ValueError(f"no such field: {min(unknown)}")


def _filtered(rows: Iterable[dict[str, str]], expression: str) -> list[dict[str, str]]:
    """Return the rows that a filter expression `[!]field:regex` keeps."""
    name, _, pattern = expression.removeprefix("!").partition(":")
    _check_fields([name])
    regex, is_negated = re.compile(pattern), expression.startswith("!")
    return [row for row in rows if bool(regex.fullmatch(row[name])) != is_negated]


def _index_position(row: Mapping[str, str]) -> tuple[str, str]:
    """Return what the index is sorted by: the key of the URL, then the timestamp."""
    return row["urlkey"], row["timestamp"]
