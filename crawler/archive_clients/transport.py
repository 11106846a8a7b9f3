"""Send requests to archives, bounded in time and size, and classify the responses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3

from crawler.archives.interface import ArchiveError, CaptureExcluded, NoUsableResponse, RateLimited
from crawler.http.clients.requests_session import make_session
from crawler.http.headers import LONGEST_ARCHIVE_PAUSE, parse_retry_after
from crawler.http.tls import trusted_authorities
from crawler.http.urls import host_of
from crawler.http.wire import WireBudget
from crawler.politeness.long_pauses import warn_of_long_pause
from store.vocabulary import LookupOutcome, LookupResult

# Errors of the Wayback Machine and OpenWayback for URLs that they do not show to anyone.
_EXCLUSION = re.compile(
    "AdministrativeAccessControlException|RobotAccessControlException"
    "|Blocked Site Error|Blocked By Robots"
)
# Markup and white space, which the excerpt of a response replaces by single spaces.
_MARKUP = re.compile(
    r"(?:<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>|\s)+", re.DOTALL | re.IGNORECASE
)
# The pause after a 429 without Retry-After. The Internet Archive bans clients that continue for
# more than a minute.
_PAUSE_SECONDS = 60.0
_CONNECT_SECONDS = 10.0
_MAX_BYTES = 4 * 1024 * 1024
_MAX_WIRE_BYTES = _MAX_BYTES * 21 // 20  # 5 % more, for headers, TLS and framing
_READ_SIZE = 65_536  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveResponse:
    """A complete response of any status. `headers` accepts names in any case."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def excerpt(self) -> str:
        """The status and the first words of the body, for people."""
        return f"HTTP {self.status}: {_MARKUP.sub(' ', self.text[:4000]).strip()[:200]}"


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """A pair of the Internet Archive's keys (https://archive.org/account/s3.php), never shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that identify the account."""
        return {"Authorization": f"LOW {self.key}:{self.secret}", "Accept": "application/json"}

    def redact(self, text: str) -> str:
        """Return a text without the keys, which the service or a library may have repeated."""
        return text.replace(self.secret, "***").replace(self.key, "***")


class Transport:
    """An HTTP client that sends one request at a time, bounded in time and size.

    It follows no redirects, retries nothing and stores no cookies. Its methods block.

    Args:
        user_agent: The value of the header User-Agent.
        ca_file: A PEM file of certificate authorities that are trusted in addition to the system's;
            "" for none.
        proxy: A proxy's URL; "" for the one of the environment variables, if they name any.
        connect_to: Maps `host:port` to the `host:port` to connect to instead.
        keys: Sent with each request, and removed from responses and messages.
        before_request: Called before each request; it may block.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        ca_file: str = "",
        proxy: str = "",
        connect_to: Mapping[str, str] | None = None,
        keys: ApiKeys | None = None,
        before_request: Callable[[], None] = lambda: None,
    ) -> None:
        self._before_request = before_request
        self._keys = keys
        self._certificates = trusted_authorities(ca_file)
        self._budget = WireBudget()
        self._session = make_session(proxy, budget=self._budget, connect_to=connect_to)
        self._session.headers["User-Agent"] = user_agent
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(
        self, url: str, *, timeout: float, headers: Mapping[str, str] | None = None
    ) -> ArchiveResponse:
        """Return the complete response to a GET request, of any status.

        Args:
            url: The URL.
            timeout: Seconds for the whole response.
            headers: Further request headers.

        Raises:
            NoUsableResponse: There is no complete response.
        """
        return self._request("GET", url, timeout, headers=headers)

    def post(self, url: str, form: Mapping[str, str], *, timeout: float) -> ArchiveResponse:
        """Return the complete response to a form.

        Args:
            url: The URL.
            form: The form's fields.
            timeout: Seconds for the whole response.

        Raises:
            NoUsableResponse: There is no complete response.
        """
        return self._request("POST", url, timeout, form=form)

    def _request(
        self,
        method: str,
        url: str,
        timeout: float,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ArchiveResponse:
        """Return the response to one request, with the keys masked in its text.

        Raises:
            NoUsableResponse: There is no complete response, or it is too large.
        """
        self._before_request()
        self._budget.reset(_MAX_WIRE_BYTES, timeout)
        sent_headers = dict(headers or {})
        if self._keys:
            sent_headers |= self._keys.headers
        try:
            with self._session.request(
                method,
                url,
                data=form,
                headers=sent_headers,
                timeout=(min(_CONNECT_SECONDS, timeout), timeout),
                verify=self._certificates,
                allow_redirects=False,
                stream=True,
            ) as response:
                return ArchiveResponse(
                    url=url,
                    status=response.status_code,
                    headers=response.headers,
                    text=self._without_keys(_read_text(response)),
                )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if self._budget.exceeded:
                raise NoUsableResponse(
                    f"the response is larger than {_MAX_WIRE_BYTES:,} bytes"
                ) from error
            detail = self._without_keys(_error_detail(error))
            # The cause may contain the keys.
            cause = None if self._keys else error
            raise NoUsableResponse(
                detail, sent=_was_sent(error), affects_all_requests=True
            ) from cause

    def parse_json(self, response: ArchiveResponse) -> Any:
        """Return the JSON document in a response, without the keys in its strings.

        JSON can escape any character, so that the text need not contain the keys that it repeats.

        Raises:
            ValueError: It contains none.
            RecursionError: It is nested too deeply.
        """
        document = json.loads(response.text)
        if not self._keys:
            return document
        return json.loads(self._keys.redact(json.dumps(document, ensure_ascii=False)))

    def _without_keys(self, text: str) -> str:
        """Return a text with the keys masked, if there are any."""
        return self._keys.redact(text) if self._keys else text


def _read_text(response: requests.Response) -> str:
    """Return the body of a response as text. Raises NoUsableResponse if it is too large."""
    body = bytearray()
    while piece := response.raw.read1(_READ_SIZE, decode_content=True):
        body += piece
        if len(body) > _MAX_BYTES:
            raise NoUsableResponse(f"the response is larger than {_MAX_BYTES:,} bytes")
    return body.decode(errors="replace")


def check_response(response: ArchiveResponse) -> ArchiveResponse:
    """Return the response if it has status 200.

    Raises:
        RateLimited: The service requests a pause.
        CaptureExcluded: The archive does not show the URL.
        NoUsableResponse: It has any other status.
    """
    check_rate_limit(response)
    # The Wayback Machine also sends the name of a Java exception with status 200.
    is_exception = response.text.startswith("org.archive.")
    if response.status == requests.codes.ok and not is_exception:
        return response
    error = response.headers.get("X-Archive-Wayback-Runtime-Error", "")
    if _EXCLUSION.search(response.text) or _EXCLUSION.search(error):
        raise CaptureExcluded(response.excerpt)
    raise NoUsableResponse(response.excerpt, status=response.status)


def check_rate_limit(response: ArchiveResponse) -> None:
    """Check that the service does not request a pause.

    Raises:
        RateLimited: The status is 429, or any error with a Retry-After header.
    """
    if response.status < requests.codes.bad_request:
        return
    now = datetime.now(UTC)
    value = response.headers.get("Retry-After", "")
    until = parse_retry_after(value, now, longest_pause=LONGEST_ARCHIVE_PAUSE)
    if until is not None:
        pause = (until - now).total_seconds()
        if until - now == LONGEST_ARCHIVE_PAUSE:
            warn_of_long_pause(host_of(response.url), LONGEST_ARCHIVE_PAUSE)
        raise RateLimited(
            response.excerpt, status=response.status, retry_after=pause, is_pause_stated=True
        )
    if response.status == requests.codes.too_many_requests:
        raise RateLimited(response.excerpt, status=response.status, retry_after=_PAUSE_SECONDS)


def _error_detail(error: Exception) -> str:
    """Return an error's class and its innermost message.

    urllib3 puts the connection object before the message: `HTTPConnection(host=…): message`.
    """
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return f"{type(error).__name__}: {str(cause).rpartition('): ')[2]}"


def _was_sent(error: Exception) -> bool:
    """Return whether a request may have reached the service before the error."""
    if isinstance(
        error,
        requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError,
    ):
        return False
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return not isinstance(cause, urllib3.exceptions.NewConnectionError)


def classify_lookup_error(error: ArchiveError) -> LookupResult:
    """Return the result of a lookup that raised an error.

    It counts the service as unavailable if the service did not respond, refused us, or failed with
    a server error. Lookups there end after several such results.
    """
    if isinstance(error, CaptureExcluded):
        return LookupResult(outcome=LookupOutcome.EXCLUDED, detail=str(error))
    return LookupResult(
        outcome=LookupOutcome.UNKNOWN,
        detail=str(error),
        retry_after=error.retry_after if isinstance(error, RateLimited) else None,
        unavailable=isinstance(error, NoUsableResponse) and error.unavailable,
    )
