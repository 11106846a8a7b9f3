"""Find the new addresses of pages that are gone.

The idea, and the expectation that about a quarter of broken links can be fixed this way, are
FABLE's (Zhu et al., "Reviving Dead Links on the Web with FABLE", IMC 2023,
https://doi.org/10.1145/3618257.3624832): sites move their pages by rules, which archived redirects
and pages found again reveal, and every proposal is compared with the archived text.

`job` runs the search for all sites, `site_search` for one site, `site_listing` collects the pages
a site lists. `lost_page`, `candidates`, `title_matching`, `url_rules`, `scoring`, `controls` and
`sitemaps` make no requests. The package's names are imported from its modules: the search needs
Scrapy-independent but slow imports, which `sitemaps` must not pay for.
"""
