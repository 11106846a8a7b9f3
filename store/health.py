"""How the wiki's links fared from run to run: what charts over time are drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from store.models import Citation, Link, Page, Span
from store.runs import last_checking_runs
from store.vocabulary import Role, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHealth:
    """How many of the links cited now had which verdict when a run ended."""

    run_id: int
    ended_at: datetime
    verdicts: Mapping[Verdict, int]


def health_by_run(connection: Connection, *, wiki: str, limit: int = 60) -> Sequence[RunHealth]:
    """Give the health after each of the latest runs that probed, oldest first.

    It is counted from spans, which are kept for ever: a run changes the verdict of those links that began a span in it.
    """
    cited = (
        select(Citation.link_id)
        .join(Page, Page.id == Citation.page_id)
        .where(Citation.link_id.is_not(None), Citation.gone_run_id.is_(None), Page.wiki == wiki)
    )
    before = func.lag(Span.verdict, type_=Span.verdict.type).over(partition_by=Span.link_id, order_by=Span.id)
    steps = (
        select(Span.first_run_id.label("run_id"), Span.verdict, before.label("before"))
        .join(Link, Link.id == Span.link_id)
        .where(Link.role == Role.LINK, Link.id.in_(cited))
        .subquery()
    )
    statement = select(*steps.c, func.count().label("links")).group_by(*steps.c).order_by(steps.c.run_id)
    changes = connection.execute(statement).all()
    health, verdicts, next_change = [], Counter[Verdict](), 0
    for run in reversed(last_checking_runs(connection, limit=limit)):
        while next_change < len(changes) and changes[next_change].run_id <= run.id:
            change = changes[next_change]
            verdicts[change.verdict] += change.links
            if change.before is not None:
                verdicts[change.before] -= change.links
            next_change += 1
        counts = {verdict: verdicts[verdict] for verdict in Verdict if verdicts[verdict]}
        health.append(RunHealth(run_id=run.id, ended_at=run.finished_at or run.started_at, verdicts=counts))
    return health
