"""Send notifications as JSON by POST, signed if a secret is configured."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

import requests

from crawler.config import NetworkConfig
from crawler.config.notifications import WebhookConfig
from crawler.http.clients.requests_session import make_session
from crawler.http.headers import parse_retry_after
from crawler.http.tls import trusted_authorities
from crawler.http.wire import WireBudget
from crawler.notifications.interface import Channel, DeliveryFailed, Message

SIGNATURE_HEADER = "X-Holdfast-Signature"  # "sha256=" and the hexadecimal HMAC of the body
# The notification's id, so that receivers can drop duplicates.
DELIVERY_HEADER = "X-Holdfast-Delivery"
_BACKOFF_FACTOR = 3
_MAX_WAIT_SECONDS = 60.0  # even if the receiver requests a longer wait
_CONNECT_SECONDS = 10.0
_MAX_RESPONSE_BYTES = 1_000_000  # of status line and headers; the body is not read
_RETRYABLE_STATUSES = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})


class _Attempt(NamedTuple):
    """The result of one attempt.

    Attributes:
        failure: Why it failed; an empty string if it succeeded.
        retry_wait: Seconds to wait before a retry, as the receiver requested (0 if it did not).
            None: a retry would fail, too.
    """

    failure: str
    retry_wait: float | None = None


class WebhookChannel(Channel):
    """Sends a JSON document to one URL. Redirects are not followed; temporary errors are retried.

    Args:
        config: The settings of the webhook.
        network: The settings of the network.
        sleep: Waits between attempts, in seconds.
    """

    kind = "webhook"

    def __init__(
        self,
        config: WebhookConfig,
        network: NetworkConfig,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._network = network
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The webhook, by its host; the rest of its URL may be a secret."""
        return f"the webhook at {self._config.host}"

    def deliver(self, message: Message) -> None:
        """Send a notification.

        Args:
            message: The notification.

        Raises:
            DeliveryFailed: The receiver rejected it, or all attempts failed.
        """
        document = message.chat if self._config.format == "slack" else message.document
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        body = text.encode("utf-8", "replace")
        wait, failure = self._config.retry_wait, ""
        for attempt in range(self._config.max_attempts):
            if attempt:
                self._sleep(wait)
                wait = min(wait * _BACKOFF_FACTOR, _MAX_WAIT_SECONDS)
            failure, requested_wait = self._post(body, message.id)
            if not failure:
                return
            if requested_wait is None:
                break
            wait = min(max(wait, requested_wait), _MAX_WAIT_SECONDS)
        raise DeliveryFailed(f"{self.name} {failure}")

    def _post(self, body: bytes, delivery_id: str) -> _Attempt:
        """Return the result of sending the document once.

        Args:
            body: The document.
            delivery_id: The id of the notification.
        """
        budget = WireBudget()
        session = make_session(self._network.proxy, budget=budget)
        budget.reset(_MAX_RESPONSE_BYTES, self._config.timeout)
        try:
            with (
                session,
                session.post(
                    self._config.url.reveal(),
                    data=body,
                    headers=self._headers(body, delivery_id),
                    timeout=(min(_CONNECT_SECONDS, self._config.timeout), self._config.timeout),
                    allow_redirects=False,
                    verify=trusted_authorities(self._network.ca_file),
                    stream=True,  # the body of the response is not needed
                ) as response,
            ):
                return _attempt_result(response)
        except requests.exceptions.SSLError:
            return _Attempt("has an invalid certificate: check network.ca_file")
        except requests.Timeout:
            return _Attempt(self._timeout_message(), 0.0)
        except (requests.RequestException, ValueError):
            # The exception's message contains the URL, which may be a secret. A malformed URL or
            # header raises ValueError in some versions of the libraries.
            if budget.timed_out:
                return _Attempt(self._timeout_message(), 0.0)
            return _Attempt("could not be reached: check url in [notify.webhook]", 0.0)

    def _headers(self, body: bytes, delivery_id: str) -> dict[str, str]:
        """Return the headers of a request; with the signature if a secret is set."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self._network.user_agent,
            DELIVERY_HEADER: delivery_id,
        }
        if secret := self._config.secret.reveal():
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE_HEADER] = f"sha256={digest}"
        return headers

    def _timeout_message(self) -> str:
        """Return the failure of an attempt that took too long."""
        return f"did not respond within {self._config.timeout:g} s"


def _attempt_result(response: requests.Response) -> _Attempt:
    """Return the result of an attempt that got a response."""
    status = response.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _Attempt("")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _Attempt(f"responded {status}, a redirect: configure the URL it redirects to")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _RETRYABLE_STATUSES:
        return _Attempt(f"responded {status}")
    now = datetime.now(UTC)
    retry_at = parse_retry_after(response.headers.get("Retry-After", ""), now)
    wait = (retry_at - now).total_seconds() if retry_at else 0.0
    return _Attempt(f"responded {status}", wait)
