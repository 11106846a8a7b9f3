"""The Markdown report.

`report` has its blocks, `entries` the lines of single links, `copies` and `moves_drift` those about
archive copies and about pages that moved or changed, `escaping` makes untrusted texts safe.
"""
