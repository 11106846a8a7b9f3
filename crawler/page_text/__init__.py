"""Read the text of pages and compare texts, without any I/O.

`main_text` extracts a page's main text, `similarity` measures how much of one page's text another
one contains, `comparison` lists what changed between a memento and the living page. `simhash`
computes fingerprints of texts, `copy_agreement` judges whether two copies show the same page.

Import from the modules: nothing is imported here, as `holdfast status` and reports need
`copy_agreement` and no parser of HTML.
"""
