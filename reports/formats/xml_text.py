"""Pieces of XML 1.0 that hold texts from outside: no markup, no character XML forbids, nothing that turns the writing direction."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from reports.plain import plain


def content(text: str, limit: int = 2_000) -> str:
    r"""Write a text as the content of an element.

    >>> content("<b>&\x00\ufffe]]>")
    '&lt;b&gt;&amp;��]]&gt;'
    """
    return escape(plain(text, limit))


def attributes(**values: str | int | None) -> str:
    r"""Write attributes, each with a space before it, leaving out those without a value.

    >>> attributes(name='"a" & b', line=3, file=None)
    ' name=\'"a" &amp; b\' line="3"'
    """
    return "".join(f" {name}={quoteattr(plain(str(value), 2_000))}" for name, value in values.items() if value is not None)
