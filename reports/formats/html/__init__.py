"""The HTML report: one file with a table of all links, charts and what needs action.

`report` renders the page with the templates of `template_environment`. `rows` and `cells` encode
the findings for its script, which shows the table; `script_data` has the labels and messages.
`charts` and `timeline` compute the charts, which the stylesheet draws.
"""
