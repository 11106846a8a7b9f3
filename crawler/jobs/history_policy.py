"""Bind the state machine of links (`crawler.liveness`) to the configured policy.

The store calls the bound function whenever it adds a probe to a link's history.
"""

from __future__ import annotations

from datetime import datetime
from random import random

from store.vocabulary import HistoryPolicy, Judgement, TrackedState
from store.work.archives.archive_context import Circumstances
from store.work.history import Advance


def bind_history_policy(policy: HistoryPolicy) -> Advance:
    """Return the function by which the store computes the next state of a link."""

    def next_state(
        state: TrackedState, judgement: Judgement, at: datetime, circumstances: Circumstances
    ) -> TrackedState:
        """Return the state after a probe.

        Args:
            state: The state before.
            judgement: The judgement of the probe.
            at: The time of the probe.
            circumstances: What else is known: captures since the first failure and, of a mirror,
                whether its original is alive.
        """
        # Imported here: the import compiles the phrases of error pages in all languages, which
        # would take a tenth of the time of a job that only scans.
        from crawler.liveness import advance  # noqa: PLC0415

        return advance(
            state,
            judgement,
            at,
            policy,
            random=random(),  # noqa: S311  no secret
            archived_since_failure=circumstances.archived_since_failure,
            # None is for links, and for mirrors of unknown originals.
            original_alive=circumstances.original_alive is not False,
        )

    return next_state
