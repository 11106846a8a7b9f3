"""One bounded request to an archive, and what kind of answer came. Blocks; for a worker thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3

from crawler.archives.interface import CaptureExcluded, NoAnswer, RateLimited
from crawler.http import retry_after
from crawler.http.clients.requests_session import make_session
from crawler.http.tls import trusted_authorities
from crawler.http.wire import WireBudget

_EXCLUSION = re.compile(
    "AdministrativeAccessControlException|RobotAccessControlException|Blocked Site Error|Blocked By Robots"
)
_MARKUP = re.compile(
    r"(?:<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>|\s)+", re.DOTALL | re.IGNORECASE
)
_PAUSE_SECONDS = 60.0  # a 429 seldom says how long; the Internet Archive bans addresses that ask on for more than a minute
_CONNECT_SECONDS = 10.0
_LARGEST_ANSWER = 4 * 1024 * 1024
_MOST_ON_THE_WIRE = _LARGEST_ANSWER * 21 // 20  # heads, TLS and framing included
_CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveResponse:
    """What came back, whole, whatever its status. `headers` answers to names in any case."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def excerpt(self) -> str:
        """The status and the first words of the body, for a person."""
        return f"HTTP {self.status}: {_MARKUP.sub(' ', self.text[:4000]).strip()[:200]}"


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """A pair of the Internet Archive's keys (https://archive.org/account/s3.php). Never shown, not even by mistake."""

    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """What tells the service who asks."""
        return {"Authorization": f"LOW {self.key}:{self.secret}", "Accept": "application/json"}

    def hide(self, text: str) -> str:
        """Take the keys out of a text, should the service or a library have repeated them."""
        return text.replace(self.secret, "***").replace(self.key, "***")


class Transport:
    """Makes one request at a time: no redirects followed, nothing repeated, no cookies kept, time and size bounded.

    `ca_file` is trusted beside the system's certificates; `proxy` is a URL, else it comes from the environment. `before_request` is called ahead of
    every request and may block. `keys` are sent with each request, and taken out of whatever comes back.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        ca_file: str = "",
        proxy: str = "",
        keys: ApiKeys | None = None,
        before_request: Callable[[], None] = lambda: None,
    ) -> None:
        self._before_request = before_request
        self._keys = keys
        self._certificates = trusted_authorities(ca_file)
        self._budget = WireBudget()
        self._session = make_session(proxy, budget=self._budget)
        self._session.headers["User-Agent"] = user_agent
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def get(
        self, url: str, *, timeout: float, accept: Mapping[str, str] | None = None
    ) -> ArchiveResponse:
        """The whole answer within `timeout` seconds, of any status; `accept` holds what else to say of it. Raises `NoAnswer`."""
        return self._request("GET", url, timeout, headers=accept)

    def post(self, url: str, form: Mapping[str, str], *, timeout: float) -> ArchiveResponse:
        """The whole answer to a form. Raises `NoAnswer`."""
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
        self._before_request()
        self._budget.grant(_MOST_ON_THE_WIRE, timeout)
        keys = self._keys
        try:
            with self._session.request(
                method,
                url,
                data=form,
                headers={**(headers or {}), **(keys.headers if keys else {})},
                timeout=(min(_CONNECT_SECONDS, timeout), timeout),
                verify=self._certificates,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = bytearray()
                while chunk := response.raw.read1(_CHUNK, decode_content=True):
                    body += chunk
                    if len(body) > _LARGEST_ANSWER:
                        raise NoAnswer(f"the answer is larger than {_LARGEST_ANSWER} bytes")
                text = body.decode(errors="replace")
                return ArchiveResponse(
                    url=url,
                    status=response.status_code,
                    headers=response.headers,
                    text=keys.hide(text) if keys else text,
                )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if self._budget.exceeded:
                raise NoAnswer(f"the answer is larger than {_MOST_ON_THE_WIRE} bytes") from error
            detail = _reason(error)
            raise NoAnswer(keys.hide(detail) if keys else detail, sent=_was_sent(error)) from (
                None if keys else error
            )


def check_response(answer: ArchiveResponse) -> ArchiveResponse:
    """The answer, if it is one. Raises `RateLimited`, `Excluded`, or `NoAnswer` for every other status than 200."""
    check_rate_limit(answer)
    if answer.status == requests.codes.ok and not answer.text.startswith("org.archive."):
        return answer
    if _EXCLUSION.search(answer.text) or _EXCLUSION.search(
        answer.headers.get("X-Archive-Wayback-Runtime-Error", "")
    ):
        raise CaptureExcluded(answer.excerpt)
    raise NoAnswer(answer.excerpt, status=answer.status)


def check_rate_limit(answer: ArchiveResponse) -> None:
    """Raise `RateLimited` where the service asks for a pause: 429, or any error with a Retry-After header."""
    now = datetime.now(UTC)
    until = (
        retry_after(answer.headers.get("Retry-After", ""), now)
        if answer.status >= requests.codes.bad_request
        else None
    )
    if until is not None or answer.status == requests.codes.too_many_requests:
        pause = (until - now).total_seconds() if until is not None else _PAUSE_SECONDS
        raise RateLimited(answer.excerpt, status=answer.status, retry_after=pause)


def _reason(error: Exception) -> str:
    """What the innermost library says, without the object it says it of."""
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return f"{type(error).__name__}: {str(cause).rpartition('): ')[2]}"


def _was_sent(error: Exception) -> bool:
    if isinstance(
        error,
        requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError,
    ):
        return False
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return not isinstance(cause, urllib3.exceptions.NewConnectionError)
