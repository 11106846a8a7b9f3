"""A notice as JSON by POST, signed where there is a secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from http import HTTPStatus

import requests

from crawler.config import NetworkConfig
from crawler.config.notifications import WebhookConfig
from crawler.http.clients.requests_session import make_session
from crawler.http.tls import trusted_authorities
from crawler.http.wire import WireBudget
from crawler.notifications.interface import Channel, DeliveryFailed, Message

SIGNATURE = "X-Holdfast-Signature"  # "sha256=" and the HMAC of the body, in hexadecimal digits
DELIVERY = "X-Holdfast-Delivery"  # the notice's id: a receiver that has it need not act again
_WAIT_GROWS = 3
_LONGEST_WAIT = 60.0  # seconds, whatever the receiver asks for
_CONNECT_SECONDS = 10.0
_LARGEST_ANSWER = 1_000_000  # bytes, before its status and headers are known


class Webhook(Channel):
    """Sends a document to one address: no redirect is followed, what fails for now is tried again a few times."""

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
        return f"the webhook at {self._config.host}"

    def deliver(self, message: Message) -> None:
        shape = message.chat if self._config.format == "slack" else message.document
        body = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        wait, fault = self._config.retry_wait, ""
        for attempt in range(self._config.max_attempts):
            if attempt:
                self._sleep(wait)
                wait = min(wait * _WAIT_GROWS, _LONGEST_WAIT)
            fault, asked_wait = self._try(body, message.id)
            if not fault:
                return
            if asked_wait is None:
                break
            wait = min(max(wait, asked_wait), _LONGEST_WAIT)
        raise DeliveryFailed(f"{self.name} {fault}")

    def _try(self, body: bytes, delivery: str) -> tuple[str, float | None]:
        """Send it once; give what went wrong (empty: nothing), and the seconds to wait before another try (None: it would be in vain)."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self._network.user_agent,
            DELIVERY: delivery,
        }
        if secret := self._config.secret.reveal():
            headers[SIGNATURE] = (
                f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
            )
        budget = WireBudget()
        session = make_session(self._network.proxy, budget=budget)
        budget.grant(_LARGEST_ANSWER, self._config.timeout)
        try:
            with (
                session,
                session.post(
                    self._config.url.reveal(),
                    data=body,
                    headers=headers,
                    timeout=(min(_CONNECT_SECONDS, self._config.timeout), self._config.timeout),
                    allow_redirects=False,
                    verify=trusted_authorities(self._network.ca_file),
                    stream=True,  # the answer's body is none of our business
                ) as answer,
            ):
                status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
        except requests.exceptions.SSLError:
            return "has a certificate that does not hold", None
        except requests.Timeout:
            return f"gave no answer within {self._config.timeout:g} s", 0
        except requests.RequestException:  # its message names the address, which may be a secret
            late = f"gave no answer within {self._config.timeout:g} s"
            return late if budget.timed_out else "could not be reached", 0
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return "", None
        told = f"answered {status}" + (
            ", which leads elsewhere: give the address it leads to" if 300 <= status < 400 else ""
        )
        is_passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.REQUEST_TIMEOUT,
        }
        return told, (
            float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
        ) if is_passing else None
