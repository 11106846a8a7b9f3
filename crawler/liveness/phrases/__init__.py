"""List the words and patterns that pages without the cited content show, by language.

Most of these modules are data. Add a phrase here, and a page that shows it to the tests.
"""
