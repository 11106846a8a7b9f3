"""The HTML report: one file with a table of all links, charts and what needs action.

`report` renders the page. `rows` and `cells` encode the findings for its script, which shows the
table. `charts` and `timeline` compute the charts, which the stylesheet draws.
"""
