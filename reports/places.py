"""List the places that a report names for a link."""

from __future__ import annotations

from collections.abc import Sequence

from store.queries.links import CitedPlace


def distinct_places(citations: Sequence[CitedPlace]) -> Sequence[CitedPlace]:
    """Return the first citation at each place of each page, in order.

    The uses of one reference (`[text][label]`) are citations of their own, all at the place of
    its definition, where the address is to be changed.
    """
    if len(citations) < 2:  # as of most links
        return citations
    first: dict[tuple[str, int, int], CitedPlace] = {}
    for citation in citations:
        first.setdefault((citation.page, citation.line, citation.column), citation)
    return list(first.values())
