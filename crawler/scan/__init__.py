"""Find the pages of a wiki, read them into records, and store what they cite.

`discovery` finds pages, `reader` and `process_pool` read them, `wiki_scan` stores the records,
`generators` reads the settings of the wiki's generator, `internal_links` checks links within the
wiki, `survey` estimates a first run without storing.
Parsing itself is the work of `crawler.pages`. The package exports only the names that need neither
the parsers nor the store, because commands import it at start-up.
"""

from crawler.scan.discovery import find_pages, page_sources, published_sites
from crawler.scan.page_source import PageSource, PageSourceError

__all__ = ["PageSource", "PageSourceError", "find_pages", "page_sources", "published_sites"]
