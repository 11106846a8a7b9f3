"""The Markdown report.

`report` writes its blocks, `entries` the lines of single links, `copies` the sections about archive
copies, `moves_and_changes` the lines about moved and changed pages. `escaping` makes untrusted
texts safe.
"""
