"""Bind the state machine of links to the configured policy, for the store that writes history."""

from __future__ import annotations

from datetime import datetime
from random import random

from store.vocabulary import HistoryPolicy, Judgement, TrackedState
from store.work.archive_context import Circumstances
from store.work.history import Advance


def bind_history_policy(policy: HistoryPolicy) -> Advance:
    """Return the state machine, bound to a policy, as the function that the store calls."""

    def decide(
        state: TrackedState, judgement: Judgement, at: datetime, circumstances: Circumstances
    ) -> TrackedState:
        # Imported here: jobs that only scan judge nothing, and the phrases of error pages in all
        # languages take a tenth of such a job's time to compile.
        from crawler.liveness import advance  # noqa: PLC0415

        return advance(
            state,
            judgement,
            at,
            policy,
            random=random(),  # noqa: S311  no secret
            archived_since_failure=circumstances.archived_since_failure,
            original_alive=circumstances.original_alive is not False,
        )

    return decide
