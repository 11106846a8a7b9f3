"""Recognise URLs with placeholders such as `{id}`, which cannot be requested."""

from __future__ import annotations

import re

from crawler.pages.source.html_vocabulary import HTML_ELEMENTS

_NAME = r"[A-Za-z_][\w.:-]*"
_GUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_BRACES = (
    r"\{\{(?![<%/#])[^{}\n]{1,200}\}\}"  # {{ name }}
    r"|\{%-?(?!-?\s*(?:end|raw|else|elif))[^%\n]{1,200}%\}"
    rf"|\{{(?!{_GUID}\}})(?:{_NAME}(?:[,|*?+]{_NAME})*\*?"
    rf"|\d{{0,2}}|[?&/+;]{_NAME}(?:,{_NAME})*)\\?\}}"
)
# An element around a part to fill in, with no other text between it and the URL
_MARKUP = r"<(?:var|em|i|code|kbd|u)\b[^<>\n]{0,80}>"
# A placeholder in running text, where it would otherwise end the URL
_IN_TEXT = re.compile(
    rf"(?:{_BRACES})|(?<=[/=?&._-]){_MARKUP}[^<>\n]{{1,80}}</[a-z]{{1,4}}>"
    r"|<(?P<tag>[A-Za-z][\w -]{0,60})>"
    r"|<%[=-]?[^%\n]{1,200}%>|&lt;[A-Za-z][\w -]{0,60}&gt;"
    # Code behind a separator, what a template keeps, an ellipsis, a regular expression
    r"|(?<=[/=?&._-])(?:`[!-_a-|~][ -_a-~]{0,80}`|\{%-?\s*raw\b[^%\n]{0,20}%\})"
    r"|…(?=/[\w%-])|(?<=/)…(?=/)|(?<==)…|\\[dwDWsS](?=[+*?){]|\Z)"
    r"|(?P<shortcode>\{\{(?:<\s*[A-Za-z][^{}\n]{0,200}>|%\s*[A-Za-z][^{}\n]{0,200}%)\}\})"
)
# The end of a Serial Item and Contribution Identifier (ANSI/NISO Z39.56), of which publishers made
# DOIs until 2000: https://doi.org/10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O
_AFTER_ANGLES = r"\d\.\d\.[A-Za-z]{2};\d(?:-[A-Za-z0-9#])?"
SICI_IN_ANGLES = rf"(?><[\w:.,+/-]{{1,60}}>{_AFTER_ANGLES})"
_SICI = re.compile(rf"{SICI_IN_ANGLES}|&lt;[\w:.,+/-]{{1,60}}&gt;{_AFTER_ANGLES}")
_GUID_IN_BRACES = re.compile(rf"\{{{_GUID}\}}")  # it is part of a URL, and no placeholder
_IN_URL = re.compile(
    # A shortcode of Hugo or Quarto puts text there; the URL of a whole destination has its end.
    rf"\$?(?:{_BRACES})|\{{\{{[<%]|\$\{{[^{{}}\n]*\}}|\$\("
    r"|(?<=[/=._-])@[A-Z][A-Z0-9_]{2,}@(?=[/.&#?-]|\Z)"  # of Autoconf and CMake
    r"|(?<=[/=&?#._-])YOUR[_-][A-Z][A-Z_-]+(?![a-z])|\[\[[A-Za-z_][\w.-]*\]\]"
    r"|`|=…|…(?=/[\w%-])|(?<=/)(?:…|\.\.\.)(?=/)|\\[dwDWsS](?=[+*?){])"
    rf"|{_MARKUP}"
    r"|\{%-?\s*raw\b|/\[(?:[yY]our[ _-][A-Za-z _-]+|[A-Z][A-Z0-9_-]+)\](?=[/?#]|\Z)"
    r"|%(?![0-9A-F]{2})[A-Z][A-Z0-9_]{2,}%"  # of Windows
    r"|\$(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|VERSION|TAG|BRANCH|USER(?:NAME)?|REPO|ARCH|HOST(?:NAME)?"
    r"|DOMAIN|PORT|TOKEN|ID|NAME)(?![A-Za-z0-9])"
    r"|(?<=/)\$[1-9](?=[/?#]|\Z)"  # of a regular expression's replacement
    r"|(?<=[/=._-])(?:YYYY|X{4,})(?![A-Za-z0-9])|(?<==)(?:API_?KEY|x{3,}|X{3})(?=[&#]|\Z)"
    r"|%(?:s|[di](?![0-9A-Fa-f])|\(\w+\)[sdi])(?![A-Za-z0-9])"
    r"|/:(?:\w*(?:[iI][dD]|[nN]ame|[sS]lug|[tT]oken|[kK]ey|[uU]ser|[nN]umber|[vV]ersion|[oO]wner)"
    r"|repo|org|page|project|branch|tag|type|lang|locale|path|query|date|year|month|day)s?"
    r"(?=[/?#.&]|\Z)"
    rf"|%7[Bb](?!{_GUID}%7[Dd])(?:%7[Bb])?[A-Za-z_][\w.]*%7[Dd]"
    r"|<%|<(?P<tag>[A-Za-z][\w -]{0,60})>"
)
_HOST = re.compile(r"(?i:https?)://(?:[^/?#@]*@)?([^/?#]*)")
# A name in capitals without a full stop is no host; neither is a word a port, nor four times x.
_IN_HOST = re.compile(
    r"[*]|\$[A-Za-z_]|<|\{|\A\[(?![0-9A-Fa-f:.]+\])|\A[A-Z][A-Z0-9_-]+(?::\w*)?\Z|:[A-Za-z_]+\Z"
    r"|\A(?:[xX]{1,3}\.){3}[xX]{1,3}(?::|\Z)"
)
_SEPARATORS = frozenset("/=?&.-:#_~@")
_CONTINUES = re.compile(r"[A-Za-z0-9/?&=_-]|\.[A-Za-z0-9]")  # a URL behind a shortcode


def placeholder_end(text: str, at: int) -> int:
    """Return the index at which the placeholder at `at` ends, or 0 if there is none.

    HTML tags, attribute lists and the ends of template calls are no placeholders. A GUID in braces
    or a part of a DOI in angles counts here, because the URL continues behind it; so does a
    shortcode of Hugo or Quarto within a URL.

    >>> placeholder_end("https://a.example/{id}/x", 18)
    22
    >>> placeholder_end("https://a.example/<br>", 18)
    0
    >>> [placeholder_end(f"https://a.example{end}", 17) for end in ("{{< v >}}/b", "{{< /a >}}")]
    [26, 0]
    """
    if part_of_url := _GUID_IN_BRACES.match(text, at) or _SICI.match(text, at):
        return part_of_url.end()
    found = _IN_TEXT.match(text, at)
    if found is None:
        return 0
    follows_separator = text[at - 1 : at] in _SEPARATORS
    if found["shortcode"]:
        is_within_url = follows_separator or _CONTINUES.match(text, found.end())
        return found.end() if is_within_url else 0
    if _is_html_tag(found["tag"]) or (text[at] in "<&" and not follows_separator):
        return 0
    return found.end()


def _is_html_tag(tag: str | None) -> bool:
    """Return whether the text between angle brackets is a tag of HTML; None is none."""
    return tag is not None and tag.split()[0].lower() in HTML_ELEMENTS


def has_placeholder(url: str) -> bool:
    """Return whether a URL is a pattern with a part to fill in.

    >>> [has_placeholder(f"https://a.example/{end}") for end in ("{id}", "%s", ":id/x", "a%20b")]
    [True, True, True, False]
    >>> [has_placeholder(f"https://a.example/{end}") for end in ("v-@VERSION@", "@USER")]
    [True, False]
    >>> has_placeholder("https://a.example/{{< param version >}}/b")
    True
    """
    may_have_one = (  # a chain of tests is faster than any search
        "{" in url
        or "<" in url
        or "$" in url
        or "*" in url
        or "[" in url
        or "/:" in url
        or "@" in url
        or "%" in url
        or "`" in url
        or "\\" in url
        or "YOUR" in url
        or "YYYY" in url
        or "XXX" in url
        or "KEY" in url
        or "xxx" in url
        or "x.x" in url
        or "/..." in url
        or "…" in url
        or url.rfind(":") > len("https:")  # a port
        or url[7:9].isupper()  # the host of http://…
        or url[8:10].isupper()  # the host of https://…
    )
    if not may_have_one:
        return False
    found = _IN_URL.search(url)
    if found and not _is_html_tag(found["tag"]):
        return True
    host = _HOST.match(url)
    return bool(host and _IN_HOST.search(host[1]))
