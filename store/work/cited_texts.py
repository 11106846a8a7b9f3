"""The words by which pages cite a link."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from sqlalchemy import Connection, Select, bindparam, select

from store.schema.dialects import chunks
from store.schema.models import CitationRow

_MAX_LENGTH: Final = 500  # characters of a text
_MAX_TEXTS: Final = 20  # of one link


def cited_texts(connection: Connection, link_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """Map links to the texts of their citations, those of archive copies included.

    Returns:
        The texts in alphabetical order, for the links that have any.
    """
    found: dict[int, set[str]] = {}
    for batch in chunks(sorted(link_ids)):
        for link_id, text in connection.execute(_select_texts(), {"ids": batch}):
            if link_id is not None and text:
                found.setdefault(link_id, set()).add(text[:_MAX_LENGTH])
    return {link_id: tuple(sorted(texts)[:_MAX_TEXTS]) for link_id, texts in found.items()}


@cache
def _select_texts() -> Select[int | None, str]:
    """Return the statement. It is built once, as building it takes longer than executing it."""
    return select(CitationRow.link_id, CitationRow.text).where(
        CitationRow.link_id.in_(bindparam("ids", expanding=True)),
        CitationRow.gone_run_id.is_(None),
    )
