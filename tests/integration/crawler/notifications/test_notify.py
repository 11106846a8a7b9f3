"""Test that the next run sends notifications that were not delivered."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.cli.notify import OutgoingNotification, send_notifications
from crawler.cli.terminal.console import TerminalOutput
from crawler.jobs.isolation import InternalErrors, Isolation
from crawler.jobs.job import Job
from crawler.notifications.interface import Channel, DeliveryFailed, Message
from store.schema.engine import open_database
from store.work.pending_notifications import pending_runs
from store.work.retry_budget import RetryBudget
from store.work.runs import begin_run
from tests.integration.store.stored_history import START

MESSAGE = Message(id="1", subject="notes: 1 newly broken", document={}, chat={}, text="", html="")


class Fickle(Channel):
    """A channel whose deliveries may fail."""

    kind = "mail"

    def __init__(self, fault: BaseException | None) -> None:
        self._fault = fault

    @property
    def name(self) -> str:
        return "somebody"

    def deliver(self, message: Message) -> None:
        if self._fault:
            raise self._fault


@pytest.mark.parametrize(
    ("fault", "is_pending", "expected_message"),
    [
        (None, False, ["notification sent to somebody: notes: 1 newly broken"]),
        (
            DeliveryFailed("somebody is away"),
            True,
            [
                "warning: notification not delivered: somebody is away; the report contains everything, and the next run tries again"
            ],
        ),
        (
            DeliveryFailed("one of two refuses", partly_delivered=True),
            False,
            [
                "warning: notification not delivered: one of two refuses; the report contains everything"
            ],
        ),
        (
            KeyError("its answer"),
            True,
            [
                "warning: notification not delivered: an internal error while sending to somebody; the report contains everything, and the next run tries again"
            ],
        ),
        (KeyboardInterrupt(), True, []),
    ],
)
def test_changes_stay_pending_until_they_are_delivered(
    tmp_path: Path, fault: BaseException | None, is_pending: bool, expected_message: list[str]
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}", durable=False)
    with database.write() as connection:
        run = begin_run(connection, command="run", at=START, owner="a:1", version="0")
    errors = InternalErrors(Counter())
    job: Any = SimpleNamespace(
        loaded=SimpleNamespace(database_url=database.url, config=SimpleNamespace(db_wait=120)),
        clock=lambda: START,
        retries=RetryBudget(),
        isolated=partial(Isolation, errors),
    )
    received: list[str] = []
    screen: Any = SimpleNamespace(
        note=received.append, warn=lambda text: received.append(f"warning: {text}")
    )
    errand = OutgoingNotification(
        channel=Fickle(fault), message=MESSAGE, wiki="notes", runs=frozenset({run})
    )
    try:
        arrived = send_notifications(cast("Job", job), [errand], cast("TerminalOutput", screen))
    except KeyboardInterrupt:
        arrived = False
    assert arrived is (fault is None)
    with database.read() as connection:
        assert (
            pending_runs(connection, wiki="notes", channel="mail", now=START) == {run}
        ) is is_pending
    database.close()
    assert received == expected_message
