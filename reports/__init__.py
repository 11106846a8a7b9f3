"""Report on the state of a wiki's links: read it from the store and write it in a format.

`builder` builds a `model.Report` of `findings`; `formats` and `site` write it in the words of
`wording`. `notifications` and `summary` are short forms of it, and `patches` fixes citations in
pages. The package knows nothing of the crawler.
"""
