"""One bounded request to an archive, and what kind of answer came. Blocks; for a worker thread."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from crawler.archives.interface import CaptureExcluded, NoAnswer, RateLimited
from crawler.http import retry_after
from crawler.http.wire import BudgetSocket, WireBudget, tls_context

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
        self._certificates = certificates(ca_file)
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


class _BoundedAdapter(HTTPAdapter):
    """Reads from sockets within a budget. Trusts the system's authorities whatever `verify` adds to them."""

    def __init__(self, budget: WireBudget) -> None:
        self._budget = budget
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=tls_context(), **options)
        _bound(self.poolmanager, self._budget)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        contexts = {"ssl_context": tls_context(), "proxy_ssl_context": tls_context()}
        manager = super().proxy_manager_for(
            proxy, **({} if proxy in self.proxy_manager else contexts), **options
        )
        _bound(manager, self._budget)
        return manager


class _Unled(requests.Session):
    """A session that never looks where an answer leads: requests raises on a Location it cannot parse, even where it is not to follow."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: no redirect is followed."""


def _bound(manager: Any, budget: WireBudget) -> None:
    """Have a pool manager's connections use sockets within the budget."""
    if getattr(manager, "is_bounded", False):
        return

    class Bounded:
        """Goes before a kind of connection, and takes its sockets over."""

        def _new_conn(self) -> BudgetSocket:
            connected: socket.socket = super()._new_conn()  # type: ignore[misc]
            return BudgetSocket.around(connected, budget)

    def bounded(pool: Any) -> Any:
        return type(
            pool.__name__,
            (pool,),
            {"ConnectionCls": type(pool.ConnectionCls.__name__, (Bounded, pool.ConnectionCls), {})},
        )

    manager.pool_classes_by_scheme = {
        scheme: bounded(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }
    manager.is_bounded = True


def make_session(proxy: str = "", *, budget: WireBudget) -> requests.Session:
    """A session that goes through a proxy (else the environment's), for requests with `verify=certificates(ca_file)`.

    Whoever uses it grants the budget ahead of each request.
    """
    session = _Unled()
    if proxy:
        session.trust_env = False
        session.proxies = {"http": proxy, "https": proxy}
    for scheme in ("http://", "https://"):
        session.mount(scheme, _BoundedAdapter(budget))
    return session


def certificates(ca_file: str = "") -> str | bool:
    """What to check servers' certificates against: `ca_file`, else the system's (`SSL_CERT_FILE` and `SSL_CERT_DIR` honoured).

    requests by itself knows neither; it falls back on the list it comes with where the system has none. Raises `FileNotFoundError`.
    """
    if ca_file and not Path(ca_file).exists():
        raise FileNotFoundError(f"no certificates at {ca_file}")
    system = ssl.get_default_verify_paths()
    return ca_file or system.cafile or system.capath or True


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
