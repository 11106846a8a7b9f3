"""The report as a site, for wikis with more links than one page can hold.

It has an index and a page for each wiki page, host and link, and loads nothing from elsewhere. The
index reads its table from a data file. All other pages are self-contained, with addresses that stay
the same from report to report.
"""

from reports.site.writer import SiteFolderError, write_site, write_wiki_index

__all__ = ["SiteFolderError", "write_site", "write_wiki_index"]
