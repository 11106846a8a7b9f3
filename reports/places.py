"""List the places on pages at which a link is cited, each once."""

from __future__ import annotations

from collections.abc import Sequence

from store.queries.link_records import CitedPlace


def distinct_places(citations: Sequence[CitedPlace]) -> Sequence[CitedPlace]:
    """Return the first citation at each line and column of each page, in order.

    All uses of a reference definition (`[text][label]`) are separate citations with the place of
    the definition, where the URL must be changed.
    """
    if len(citations) < 2:  # as for most links
        return citations
    first: dict[tuple[str, int, int], CitedPlace] = {}
    for citation in citations:
        first.setdefault((citation.page, citation.line, citation.column), citation)
    return list(first.values())
