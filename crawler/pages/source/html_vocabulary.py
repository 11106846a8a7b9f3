"""List the names of HTML's elements (obsolete ones included), and attributes of Robust Links."""

from __future__ import annotations

# https://robustlinks.mementoweb.org/spec/
COPY_ATTRIBUTE = b"data-versionurl"  # the archive copy, where `href` is the original
ORIGINAL_ATTRIBUTE = b"data-originalurl"  # the original, where `href` is the copy
COPY_DATE_ATTRIBUTE = b"data-versiondate"  # the date of the copy
HTML_ELEMENTS = frozenset(
    [
        "a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "base", "bdi",
        "bdo", "big", "blockquote", "body", "br", "button", "canvas", "caption", "center", "cite",
        "code", "col", "colgroup", "data", "datalist", "dd", "del", "details", "dfn", "dialog",
        "dir", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font",
        "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head",
        "header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label",
        "legend", "li", "link", "main", "map", "mark", "marquee", "math", "menu", "meta", "meter",
        "nav", "nobr", "noscript", "object", "ol", "optgroup", "option", "output", "p", "param",
        "picture", "pre", "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "search",
        "section", "select", "slot", "small", "source", "span", "strike", "strong", "style",
        "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot",
        "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "var", "video", "wbr",
    ]
)  # fmt: skip
