"""The Markdown report.

`report` writes its blocks, `entries` the lines of single links, `copies` the sections about archive
copies, `moves_drift` the lines about moved and changed pages. `escaping` makes untrusted texts
safe.
"""
