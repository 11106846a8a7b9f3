"""Secrets in URLs: what is used to log in (`https://name:word@host/`), and parameters with token-like names. Pure.

Nothing here looks at the values of parameters: a session id looks like any other number.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

REDACTED: Final = "REDACTED"  # what stands in the place of a value that is not shown

_WORDS: Final = frozenset(
    {
        *(
            "token",
            "auth",
            "authorization",
            "key",
            "apikey",
            "jwt",
            "secret",
            "sig",
            "signature",
            "credential",
            "credentials",
        ),
        *("session", "sessid", "sessionid", "phpsessid", "jsessionid", "password", "passwd", "pwd"),
    }
)
_ENDINGS: Final = ("token", "apikey", "secret", "signature", "sessid", "sessionid", "password")
_WORD: Final = re.compile(r"[a-z0-9]+")
# A parameter of the query, the fragment or (behind a semicolon) the path: the mark before it, its name, "=", its value.
_PARAMETER: Final = re.compile(r"""([?&#]|&amp;)([^=&;#?/\s"'<>]{1,200})(=)([^&;#\s"'<>]+)""")
_OF_PATH: Final = re.compile(r"""((?<!&amp);)([^=&;#?/\s"'<>]{1,200})(=)([^&;#?\s"'<>]+)""")
# The same inside another parameter's value, percent-encoded once or several times.
_ENCODED: Final = re.compile(
    r"""(%(?:25)*(?:3f|26|3b|23))((?:(?!%(?:25)*(?:3d|3f|26|3b|23|2f))[^=&;#?/\s"'<>]){1,200})(%(?:25)*3d)"""
    r"""((?:(?!%(?:25)*(?:26|3b|23))[^&;#\s"'<>])+)""",
    re.IGNORECASE,
)
# Before the host: behind two slashes, or behind a scheme with fewer, which browsers read as well (https://url.spec.whatwg.org/#url-parsing).
_CREDENTIALS = re.compile(
    r"""(https?:[/\\]|:[/\\]{2}|(?:^|(?<=[\s"'<>(=,]))//|(?:^|(?<=[\s/\\?#"'<>]))https?:)[^\s/\\?#"'<>]+@""",
    re.IGNORECASE,
)
_AUTHORITY = re.compile(r"(\s*https?:[/\\]{0,2})([^/\\?#]*)", re.IGNORECASE)
# The same inside another URL's query, percent-encoded once or several times.
_ESCAPED = re.compile(
    r"""(%(?:25)*3A(?:%(?:25)*2F){2})(?:(?!%(?:25)*(?:2F|3F|23|40))[^\s/?#@&"'<>])+%(?:25)*40""",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Tell whether a parameter of this name may hold a secret.

    >>> is_secret_name("X-Amz-Signature"), is_secret_name("accessToken"), is_secret_name("sid"), is_secret_name("monkey")
    (True, True, False, False)
    """
    words = _WORD.findall(unquote(name).lower())
    return not _WORDS.isdisjoint(words) or "".join(words).endswith(_ENDINGS)


def redact_tokens(text: str, cited: str = "") -> str:
    """Replace the values of token-like parameters in every URL of a text, but those that `cited` has, too.

    >>> without_tokens("to https://example.org/a?id=7&access_token=abc#top")
    'to https://example.org/a?id=7&access_token=REDACTED#top'
    >>> without_tokens("https://example.org/login?next=%2Fa%3Ftoken%3Dabc%26b", cited="https://example.org/?key=x")
    'https://example.org/login?next=%2Fa%3Ftoken%3DREDACTED%26b'
    >>> without_tokens("https://example.org/b?key=x", cited="https://example.org/a?key=x")
    'https://example.org/b?key=x'
    """
    if "=" not in text and "%" not in text:
        return text

    def redact(found: re.Match[str]) -> str:
        mark, name, equals, value = found.groups()
        if f"{name}{equals}{value}" in cited or not is_secret_name(name):
            return found[0]
        return f"{mark}{name}{equals}{REDACTED}"

    for pattern in (_PARAMETER, _OF_PATH, _ENCODED):
        text = pattern.sub(redact, text)
    return text


def remove_credentials(text: str) -> str:
    """Take the credentials out of every URL in a text.

    >>> without_credentials("GET https://name:word@example.org/a@b, http://archive.example/?url=https%3A%2F%2Fname%3Aword%40example.org")
    'GET https://example.org/a@b, http://archive.example/?url=https%3A%2F%2Fexample.org'
    """
    if "@" not in text and not ("%" in text and "40" in text):
        return text
    return _ESCAPED.sub(r"\1", _CREDENTIALS.sub(r"\1", _of_whole_url(text)))


def _of_whole_url(text: str) -> str:
    """Take the credentials out of a text that is one URL: then they may hold white space and quotes."""
    found = _AUTHORITY.match(text)
    if found is None:
        return text
    credentials, _, host = found[2].rpartition("@")
    rest = text[found.end() :]
    is_one_url = ":" in credentials and len(f"{host}{rest}".split()) == 1
    return f"{found[1]}{host}{rest}" if is_one_url else text
