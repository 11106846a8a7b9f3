"""The HTML report: one file with a table of all links, charts and what needs action.

`report` renders the page, `rows` encodes the table for its script, `charts` draws the SVG charts.
"""
