"""Mask secrets in URLs: credentials (`https://name:word@host/`) and token parameters.

The name of a parameter decides whether it is a secret. Its value does not: a session id looks like
any number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

REDACTED: Final = "REDACTED"  # the replacement of a masked value

# A name is secret if one of its words is in this list, or if it ends with one of the endings.
_SECRET_WORDS: Final = frozenset((
    "token", "auth", "authorization", "key", "apikey", "jwt", "secret", "sig", "signature",
    "credential", "credentials", "session", "sessid", "sessionid", "phpsessid", "jsessionid",
    "password", "passwd", "pwd",
))  # fmt: skip
_SECRET_ENDINGS: Final = (
    "token", "apikey", "secret", "signature", "sessid", "sessionid", "password",
)  # fmt: skip
_WORD: Final = re.compile(r"[a-z0-9]+")
# A parameter of the query or fragment: the mark before it, its name, "=", its value.
_PARAMETER: Final = re.compile(r"""([?&#]|&amp;)([^=&;#?/\s"'<>]{1,200})(=)([^&;#\s"'<>]+)""")
# The same after a semicolon in the path.
_PATH_PARAMETER: Final = re.compile(r"""((?<!&amp);)([^=&;#?/\s"'<>]{1,200})(=)([^&;#?\s"'<>]+)""")
# The same inside another parameter's value, percent-encoded once or several times.
_ENCODED_PARAMETER: Final = re.compile(
    r"""(%(?:25)*(?:3f|26|3b|23))"""
    r"""((?:(?!%(?:25)*(?:3d|3f|26|3b|23|2f))[^=&;#?/\s"'<>]){1,200})(%(?:25)*3d)"""
    r"""((?:(?!%(?:25)*(?:26|3b|23))[^&;#\s"'<>])+)""",
    re.IGNORECASE,
)
# Credentials before the host: after two slashes, or after a scheme with fewer, which browsers
# accept as well (https://url.spec.whatwg.org/#url-parsing).
_CREDENTIALS = re.compile(
    r"""(https?:[/\\]|:[/\\]{2}|(?:^|(?<=[\s"'<>(=,]))//|(?:^|(?<=[\s/\\?#"'<>]))https?:)"""
    r"""[^\s/\\?#"'<>]+@""",
    re.IGNORECASE,
)
# The same inside another URL's query, percent-encoded once or several times.
_ENCODED_CREDENTIALS = re.compile(
    r"""(%(?:25)*3A(?:%(?:25)*2F){2})(?:(?!%(?:25)*(?:2F|3F|23|40))[^\s/?#@&"'<>])+%(?:25)*40""",
    re.IGNORECASE,
)
# The scheme of a text that is one URL, and the authority after it.
_AUTHORITY = re.compile(r"(\s*https?:[/\\]{0,2})([^/\\?#]*)", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Return whether a parameter of this name may hold a secret.

    >>> is_secret_name("X-Amz-Signature"), is_secret_name("accessToken")
    (True, True)
    >>> is_secret_name("sid"), is_secret_name("monkey")
    (False, False)
    """
    words = _WORD.findall(unquote(name).lower())
    return not _SECRET_WORDS.isdisjoint(words) or "".join(words).endswith(_SECRET_ENDINGS)


def redact_tokens(text: str, cited: str = "") -> str:
    """Replace the values of token-like parameters in every URL of a text.

    Args:
        text: Any text.
        cited: One or more URLs. A parameter with the same name and value in one of them is public
            already, and is not replaced.

    Returns:
        The text with `REDACTED` for each of these values.

    >>> redact_tokens("to https://example.org/a?id=7&access_token=abc#top")
    'to https://example.org/a?id=7&access_token=REDACTED#top'
    >>> redact_tokens("https://example.org/login?next=%2Fa%3Ftoken%3Dabc%26b")
    'https://example.org/login?next=%2Fa%3Ftoken%3DREDACTED%26b'
    >>> redact_tokens("https://example.org/b?key=x", cited="https://example.org/a?key=x")
    'https://example.org/b?key=x'
    """
    if "=" not in text and "%" not in text:
        return text

    def redact(found: re.Match[str]) -> str:
        mark, name, equals, value = found.groups()
        if not is_secret_name(name):  # its value may be a URL that has parameters of its own
            return f"{mark}{name}{equals}{found.re.sub(redact, value)}"
        if (name, value) in _parameters(cited):
            return found[0]
        return f"{mark}{name}{equals}{REDACTED}"

    for pattern in (_PARAMETER, _PATH_PARAMETER, _ENCODED_PARAMETER):
        text = pattern.sub(redact, text)
    return text


@lru_cache(maxsize=64)
def _parameters(urls: str) -> frozenset[tuple[str, str]]:
    """Return the name and value of every parameter in a text."""
    return frozenset(
        parameter
        for pattern in (_PARAMETER, _PATH_PARAMETER, _ENCODED_PARAMETER)
        for parameter in _find_parameters(pattern, urls)
    )


def _find_parameters(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each parameter in a text, then of those inside its value."""
    for found in pattern.finditer(text):
        yield found[2], found[4]
        yield from _find_parameters(pattern, found[4])


def remove_credentials(text: str) -> str:
    """Remove the credentials from every URL in a text.

    Returns:
        The text without them.

    >>> remove_credentials("GET https://name:word@example.org/a@b")
    'GET https://example.org/a@b'
    >>> remove_credentials("http://a.example/?url=https%3A%2F%2Fname%3Aword%40example.org")
    'http://a.example/?url=https%3A%2F%2Fexample.org'
    """
    if "@" not in text and not ("%" in text and "40" in text):
        return text
    return _ENCODED_CREDENTIALS.sub(r"\1", _CREDENTIALS.sub(r"\1", _remove_from_single_url(text)))


def _remove_from_single_url(text: str) -> str:
    """Remove the credentials from a text that is one URL; they may contain spaces and quotes."""
    found = _AUTHORITY.match(text)
    if found is None:
        return text
    credentials, _, host = found[2].rpartition("@")
    rest = text[found.end() :]
    is_one_url = ":" in credentials and len(f"{host}{rest}".split()) == 1
    return f"{found[1]}{host}{rest}" if is_one_url else text
