"""Resolve links within a wiki, by the rules of its generator.

`resolver` finds the page, file or heading that each link leads to. The other modules know how one
generator or markup names pages (`sphinx_links`, `dendron_links`, `wikilink_pages` ...), or what a
build adds that no source shows. `crawler.scan.internal_links` creates the index of a wiki.
"""
