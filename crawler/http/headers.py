"""Read header values as text, dates and numbers. Nothing here raises.

Sources: RFC 9110 sections 5.5 (field values), 5.6.7 (dates), 10.2.3 (Retry-After).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from crawler.http.redirects import LONGEST_LOCATION, escape_location

# A longer pause is a mistake or hostile. No link is checked more often than once a week while it
# lives, and one more request a week burdens nobody. curl waits for 6 hours at most.
LONGEST_PAUSE: Final = timedelta(days=7)
# An archive is needed by the links of all hosts.
LONGEST_ARCHIVE_PAUSE: Final = timedelta(days=1)
_MAX_DATE_LENGTH: Final = 100  # characters; one of RFC 9110 has 29
# Fields that contain one URL, which is requested next with the same bytes.
_URL_FIELDS: Final = frozenset({"location", "refresh"})
_MAX_NUMBER_LENGTH: Final = 18  # digits, so that it fits into 64 bits
_MAX_STORED_LENGTH: Final = 2_000  # characters


def decode_header(name: str, values: Sequence[bytes]) -> str:
    r"""Return a header's values as one text, joined by commas.

    Bytes that are not UTF-8 are decoded as Latin-1. Of `location` and `refresh` the first value is
    used. Their bytes beyond ASCII are percent-encoded unchanged, as browsers do for every charset.

    Args:
        name: The name of the header in lower case.
        values: Its values in the order received.

    >>> decode_header("vary", [b"a", b"b"]), decode_header("server", [b"caf\xe9"])
    ('a, b', 'café')
    >>> decode_header("location", [b"/caf\xe9"])
    '/caf%E9'
    """
    if name in _URL_FIELDS:
        return escape_location(values[0]) if values else ""
    joined = b", ".join(values)
    try:
        return joined.decode()
    except UnicodeDecodeError:
        return joined.decode("latin-1")


def join_fields(fields: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    r"""Return header fields by name, and the values of all Set-Cookie fields.

    Args:
        fields: Names and values in the order received; bytes that are not UTF-8 as surrogate
            escapes (PEP 383).

    Returns:
        Values by lower-case name, those of one name joined as by `decode_header`; and the values of
        Set-Cookie read as Latin-1, for they cannot be joined (RFC 6265, section 3).

    >>> join_fields([("Vary", "a"), ("vary", "b"), ("Set-Cookie", "c=1"), ("Server", "caf\udce9")])
    ({'vary': 'a, b', 'set-cookie': 'c=1', 'server': 'café'}, ['c=1'])
    """
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name.lower(), []).append(value)
    joined = {name: _join_values(name, of_one_name) for name, of_one_name in values.items()}
    cookies = [
        cookie.encode("utf-8", "surrogateescape").decode("latin-1")
        for cookie in values.get("set-cookie", ())
    ]
    return joined, cookies


def _join_values(name: str, values: Sequence[str]) -> str:
    """Return the values of one field as `decode_header` does, from texts with surrogate escapes."""
    if len(values) == 1 and values[0].isascii():
        return values[0]
    return decode_header(name, [value.encode("utf-8", "surrogateescape") for value in values])


def truncate_header(name: str, value: str) -> str:
    """Return the beginning of a header's value, as much as a probe stores.

    Of a URL, one character more is stored than may be followed, so that a URL that is too long is
    recognised.
    """
    length = LONGEST_LOCATION + 1 if name in _URL_FIELDS else _MAX_STORED_LENGTH
    return value[:length]


def parse_http_date(value: str) -> datetime | None:
    """Return an HTTP date in UTC; None if the value is not a date.

    A date without a zone is in UTC. None is also returned for a date beyond Python's calendar.

    >>> parse_http_date("Fri, 01 Jan 2021 12:00:00 GMT")
    datetime.datetime(2021, 1, 1, 12, 0, tzinfo=datetime.timezone.utc)
    >>> parse_http_date("Fri, 31 Dec 9999 23:59:59 -1200") is None
    True
    """
    if len(value) > _MAX_DATE_LENGTH:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, LookupError, TypeError, OverflowError):
        return None


def parse_number(value: str) -> int | None:
    """Return a whole number of at most 18 ASCII digits; None for any other value.

    >>> parse_number(" 120 "), parse_number("9" * 5_000), parse_number("-1"), parse_number("٣")
    (120, None, None, None)
    """
    digits = value.strip()
    if len(digits) <= _MAX_NUMBER_LENGTH and digits.isascii() and digits.isdigit():
        return int(digits)
    return None


def parse_retry_after(
    value: str, responded_at: datetime, *, longest_pause: timedelta = LONGEST_PAUSE
) -> datetime | None:
    """Return the earliest time for the next request that a Retry-After header allows.

    Args:
        value: The header's value: seconds, or a date.
        responded_at: When the response came; a date before it counts as this time.
        longest_pause: A longer pause counts as this one.

    Returns:
        The time; None if the value is neither seconds nor a date.

    >>> parse_retry_after("90", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.datetime(2026, 1, 1, 0, 1, 30, tzinfo=datetime.timezone.utc)
    """
    value = value.strip()
    longest = responded_at + longest_pause
    if value.isascii() and value.isdigit():
        seconds = parse_number(value)
        if seconds is None or seconds >= longest_pause.total_seconds():
            return longest
        return responded_at + timedelta(seconds=seconds)
    moment = parse_http_date(value)
    return None if moment is None else min(longest, max(responded_at, moment))
