"""Stats collectors."""

from __future__ import annotations

from scrapy.statscollectors import MemoryStatsCollector


class FastStatsCollector(MemoryStatsCollector):
    """Scrapy's own, its methods called as they are: it wraps them at every look to warn of an argument that nobody gives any more.

    A probe counts some ten times, and a wrapped call takes five times as long.
    """

    __getattribute__ = object.__getattribute__
