"""The fragments (`#part`) of a link that citations name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from sqlalchemy import Connection, Select, bindparam, select

from store.schema.dialects import chunks, is_null_unindexed
from store.schema.models import CitationRow

_MAX_LENGTH = 500  # characters of a fragment


def cited_fragments(
    connection: Connection, link_ids: Collection[int]
) -> Mapping[int, tuple[str, ...]]:
    """Map links to the fragments under which pages cite them, without the `#`.

    Citations of archive copies are left out: their readers see the copy, not the page.

    Returns:
        The fragments in alphabetical order, for the links that have any.
    """
    found: dict[int, set[str]] = {}
    for batch in chunks(sorted(link_ids)):
        for link_id, url in connection.execute(_select_urls(), {"ids": batch}):
            fragment = url.partition("#")[2]
            if link_id is not None and fragment and len(fragment) <= _MAX_LENGTH:
                found.setdefault(link_id, set()).add(fragment)
    return {link_id: tuple(sorted(fragments)) for link_id, fragments in found.items()}


@cache
def _select_urls() -> Select[int | None, str]:
    """Return the statement. It is built once, as building it takes longer than executing it."""
    return select(CitationRow.link_id, CitationRow.url).where(
        CitationRow.link_id.in_(bindparam("ids", expanding=True)),
        is_null_unindexed(CitationRow.mirror_id),
        CitationRow.gone_run_id.is_(None),
        CitationRow.url.contains("#"),
    )
