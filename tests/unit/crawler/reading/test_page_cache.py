"""Test which mementos are requested."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, cast
from unittest.mock import AsyncMock, Mock

from crawler.reading.page_cache import PageCache
from store.work.archives.mementos import StoredMemento


def test_a_memento_at_an_unknown_form_of_url_is_not_requested() -> None:
    reader = Mock(read=AsyncMock())
    memento = StoredMemento(
        mirror_id=1,
        link_id=1,
        url="https://unlisted.example/copy/1",
        original="https://a.example/",
        timestamp="20210805110426",
        captured_at=datetime(2021, 8, 5, 11, 4, 26, tzinfo=UTC),
        service="unlisted",
    )
    assert asyncio.run(PageCache(cast("Any", Mock()), reader).memento(memento)) is None
    reader.read.assert_not_called()
