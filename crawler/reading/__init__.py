"""Read whole pages and mementos for the search for moved pages and the comparison of texts.

`PoliteReader` requests pages within the job's rules and a budget, `PageCache` parses each page
once, `memento_reader` reads mementos of the local archive, `site_isolation` confines errors.
The package decides nothing: see `crawler.moves`, `crawler.drift` and `crawler.page_parts`.
"""

from crawler.reading.memento_reader import services_with_mementos
from crawler.reading.page_cache import PageCache, ParsedPage
from crawler.reading.polite_reader import HostSessions, PoliteReader, request_budget
from crawler.reading.site_isolation import run_isolated

__all__ = [
    "HostSessions",
    "PageCache",
    "ParsedPage",
    "PoliteReader",
    "request_budget",
    "run_isolated",
    "services_with_mementos",
]
