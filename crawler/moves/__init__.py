"""Find the new addresses of pages that are gone.

The method is that of FABLE (Zhu et al., "Reviving Dead Links on the Web with FABLE", IMC 2023,
https://doi.org/10.1145/3618257.3624832), which finds about a quarter of broken links: sites move
their pages by rules, which archived redirects and pages found again reveal. Every proposal is
compared with the archived text.

`job` searches all sites, `site_search` one site. `baselines` reads the content of lost pages,
`site_listing` collects the pages that a site lists, and `controls` and `unarchived` read further
pages. The other modules make no requests. Import names from the modules: the search is slow to
import.
"""
