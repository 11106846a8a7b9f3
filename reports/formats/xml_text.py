"""Escape untrusted texts for XML 1.0.

The results have no markup, no character that XML forbids and no bidirectional marks.
"""

from __future__ import annotations

from reports.wording.sanitize import plain


def xml_text(text: str, limit: int = 2_000) -> str:
    r"""Return a text as the content of an element or of an attribute in double quotes.

    Args:
        text: Any text.
        limit: Maximum length in code points before escaping.

    >>> xml_text('<b>&"\x00\ufffe]]>')
    '&lt;b&gt;&amp;&quot;��]]&gt;'
    """
    escaped = plain(text, limit).replace("&", "&amp;")
    return escaped.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def xml_attributes(**values: str | int | None) -> str:
    r"""Return attributes, each with a space before it, without those whose value is None.

    >>> xml_attributes(name='"a" & b', line=3, file=None)
    ' name="&quot;a&quot; &amp; b" line="3"'
    """
    attributes = []
    for name, value in values.items():
        if value is not None:
            written = xml_text(value) if isinstance(value, str) else value
            attributes.append(f' {name}="{written}"')
    return "".join(attributes)
