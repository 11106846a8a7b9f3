"""List the elements of HTML that divide a page into blocks and sections."""

from __future__ import annotations

# Elements at whose start and end a block of text ends
BLOCK_ELEMENTS = frozenset(
    [
        b"address", b"article", b"aside", b"blockquote", b"body", b"dd", b"details", b"div", b"dl",
        b"dt", b"fieldset", b"figcaption", b"figure", b"footer", b"form", b"h1", b"h2", b"h3",
        b"h4", b"h5", b"h6", b"header", b"hr", b"li", b"main", b"nav", b"ol", b"p", b"pre",
        b"section", b"summary", b"table", b"tbody", b"td", b"tfoot", b"th", b"thead", b"tr", b"ul",
    ]
)  # fmt: skip
HEADING_LEVELS = {b"h1": 1, b"h2": 2, b"h3": 3, b"h4": 4, b"h5": 5, b"h6": 6}
