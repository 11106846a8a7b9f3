"""Find the new addresses of pages that are gone.

The idea, and the expectation that about a quarter of broken links can be fixed this way, are
FABLE's (Zhu et al., "Reviving Dead Links on the Web with FABLE", IMC 2023,
https://doi.org/10.1145/3618257.3624832): sites move their pages by rules, which archived redirects
and pages found again reveal, and every proposal is compared with the archived text.

`job` searches all sites, `site_search` one site, `baselines` finds what lost pages showed,
`site_listing` collects the pages a site lists. The other modules make no requests. Import names
from the modules: the search is slow to import.
"""
