"""Test the middlewares as Scrapy calls them."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.http import Response

from crawler.jobs.isolation import InternalErrors, Unit
from crawler.middlewares import IsolationMiddleware
from store.errors import DatabaseUnavailable

PAGE = Response("https://wiki.example/a")


def crawler_with(errors: InternalErrors) -> Any:
    return SimpleNamespace(spider=SimpleNamespace(job=SimpleNamespace(errors=errors)))


def test_unexpected_exception_of_a_callback_is_recorded_and_yields_no_items() -> None:
    errors = InternalErrors(Counter())
    middleware = IsolationMiddleware(crawler_with(errors))
    assert middleware.process_spider_exception(PAGE, KeyError("a")) == ()
    assert errors.first is not None
    assert (errors.first.unit, errors.first.subject, errors.first.kind) == (
        Unit.PAGE,
        PAGE.url,
        "KeyError",
    )
    assert errors.count(Unit.PAGE) == 1


@pytest.mark.parametrize(
    "error", [CloseSpider("done"), DropItem("twice"), DatabaseUnavailable("locked")]
)
def test_expected_exception_of_a_callback_is_passed_on(error: Exception) -> None:
    errors = InternalErrors(Counter())
    assert IsolationMiddleware(crawler_with(errors)).process_spider_exception(PAGE, error) is None
    assert errors.count() == 0
