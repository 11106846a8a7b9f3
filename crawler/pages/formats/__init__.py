"""One module or package for each format of pages, behind `crawler.pages.interface`.

`crawler.pages.registry` lists them.
"""
