"""Define the rules by which the probe of a link is judged, one module for each kind.

A rule is a pure function from a `Case` to a `Judgement` or None. `crawler.liveness.judge` has the
table of all rules in their order.
"""
