"""The report as a site: for wikis with more links than one page can hold. An index, and a page for each wiki page, host and link.

Nothing on it is loaded from elsewhere. The index reads its table from a file of data once it is shown; every other page stands for itself, so
that its address can be kept and shared.
"""

from reports.site.writer import SiteFolderError, write_site, write_wikis

__all__ = ["SiteFolderError", "write_site", "write_wikis"]
