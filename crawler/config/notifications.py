"""Who is told when a run finds something newly broken, and how."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from crawler.config.archives import Secret


class WebhookConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address that is sent a JSON document by POST."""

    url: Secret = Secret()  # where to; often a secret itself: better given as HOLDFAST_WEBHOOK_URL
    format: Literal["holdfast", "slack"] = (
        "holdfast"  # "slack": a text, as Slack, Mattermost and their kin take it
    )
    secret: Secret = Secret()  # signs what is sent; better given as HOLDFAST_WEBHOOK_SECRET
    max_attempts: int = 4  # at most, each after a longer wait
    retry_wait: float = 2.0  # seconds before the second try; grows threefold
    timeout: float = 15.0  # seconds for one try

    def __post_init__(self) -> None:
        if self.url and not self.host:
            raise ValueError(
                "url is no http or https address"
            )  # it is not shown: it may be a secret
        if self.max_attempts < 1 or self.retry_wait < 0 or self.timeout <= 0:
            raise ValueError("tries is at least 1, wait at least 0 seconds, timeout more than 0")

    @property
    def host(self) -> str:
        """The host it goes to, for a person: the rest of the address may be a secret."""
        try:
            parts = urlsplit(self.url.reveal())
            is_web = parts.scheme in {"http", "https"} and parts.port != 0
        except ValueError:  # a port that is none
            return ""
        return (parts.hostname or "") if is_web else ""


class MailConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mail to some people, by way of an SMTP server."""

    to: tuple[str, ...] = ()  # addresses
    sender: str = ""  # the address it comes from; unset: the first of those it goes to
    host: str = ""  # of the SMTP server
    port: int = 0  # unset: 587 with STARTTLS, 465 with TLS, 25 without
    security: Literal["starttls", "tls", "none"] = (
        "starttls"  # "none" only to a server on this machine or a network you trust
    )
    user: str = ""  # to log in with; also HOLDFAST_SMTP_USER
    password: Secret = Secret()  # better given as HOLDFAST_SMTP_PASSWORD
    timeout: float = 30.0  # seconds for each step; four times as long for a whole mail

    def __post_init__(self) -> None:
        if bool(self.to) != bool(self.host):
            raise ValueError(f"{'host' if self.to else 'to'} is missing: the two go together")
        if wrong := [
            address for address in (*self.to, self.sender) if address and not _is_address(address)
        ]:
            raise ValueError(f"{wrong[0]!r} is no mail address")
        if bool(self.user) != bool(self.password):
            raise ValueError(
                f"{'password' if self.user else 'user'} is missing: the two go together"
            )
        if self.user and self.security == "none":
            raise ValueError('a password is not sent in the clear: security = "starttls" or "tls"')
        if not 0 <= self.port < 65536 or self.timeout <= 0:
            raise ValueError("port is 1 to 65535, timeout more than 0")

    @property
    def server(self) -> tuple[str, int]:
        return self.host, self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class NotifyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told. Nothing is sent when nothing is new."""

    required: bool = False  # a notice that cannot be delivered ends the run with exit code 1
    webhook: WebhookConfig = WebhookConfig()
    mail: MailConfig = MailConfig()


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and text.isprintable() and not set(text) & set(' <>,;"')
