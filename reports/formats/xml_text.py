"""Pieces of XML 1.0 that hold texts from outside: no markup, no character XML forbids, nothing that turns the writing direction."""

from __future__ import annotations

from reports.sanitize import plain


def xml_text(text: str, limit: int = 2_000) -> str:
    r"""Write a text as the content of an element, or within the double quotes of an attribute.

    >>> content('<b>&"\x00\ufffe]]>')
    '&lt;b&gt;&amp;&quot;��]]&gt;'
    """
    return (
        plain(text, limit)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
    )


def xml_attributes(**values: str | int | None) -> str:
    r"""Write attributes, each with a space before it, leaving out those without a value.

    >>> attributes(name='"a" & b', line=3, file=None)
    ' name="&quot;a&quot; &amp; b" line="3"'
    """
    return "".join(
        f' {name}="{xml_text(value) if isinstance(value, str) else value}"'
        for name, value in values.items()
        if value is not None
    )
