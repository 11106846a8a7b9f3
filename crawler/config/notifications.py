"""Define the settings for notifications about newly broken and recovered links."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from crawler.config.secret import Secret

_DEFAULT_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class WebhookConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[notify.webhook]`: an address that receives a JSON document by POST."""

    # Address to send to; it often contains a secret, so prefer HOLDFAST_WEBHOOK_URL
    url: Secret = Secret()
    # "holdfast" sends the full JSON document; "slack" sends a text message for Slack, Mattermost
    # and compatible services
    format: Literal["holdfast", "slack"] = "holdfast"
    # Key to sign each request with (HMAC); prefer HOLDFAST_WEBHOOK_SECRET
    secret: Secret = Secret()
    # Maximum number of attempts, each after a longer wait
    max_attempts: int = 4
    # Seconds before the second attempt; tripled for each further one
    retry_wait: float = 2.0
    # Seconds until an attempt is abandoned
    timeout: float = 15.0

    def __post_init__(self) -> None:
        if self.url and not self.host:
            # The address is not shown: it may be a secret.
            raise ValueError("url must be an http or https address")
        if self.max_attempts < 1 or self.retry_wait < 0 or self.timeout <= 0:
            raise ValueError(
                "max_attempts must be at least 1, retry_wait >= 0 seconds, timeout > 0 seconds"
            )

    @property
    def host(self) -> str:
        """Return the host of the address for messages; the rest of it may be a secret."""
        try:
            parts = urlsplit(self.url.reveal())
            is_web = parts.scheme in {"http", "https"} and parts.port != 0
        except ValueError:  # an invalid port
            return ""
        return (parts.hostname or "") if is_web else ""


class MailConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[notify.mail]`: a mail sent through an SMTP server."""

    # Recipients' addresses
    to: tuple[str, ...] = ()
    # Sender's address; unset: the first recipient
    sender: str = ""
    # Host name of the SMTP server
    host: str = ""
    # Port of the SMTP server; unset: 587 with STARTTLS, 465 with TLS, 25 without encryption
    port: int = 0
    # Encryption of the connection; use "none" only for a server on this machine or in a network
    # you trust
    security: Literal["starttls", "tls", "none"] = "starttls"
    # User name for the SMTP server; also HOLDFAST_SMTP_USER
    user: str = ""
    # Password for the SMTP server; prefer HOLDFAST_SMTP_PASSWORD
    password: Secret = Secret()
    # Seconds for each step of the delivery; a whole mail may take four times as long
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if bool(self.to) != bool(self.host):
            raise ValueError(f"{'host' if self.to else 'to'} is missing: set both to and host")
        for address in (*self.to, self.sender):
            if address and not _is_address(address):
                raise ValueError(f"invalid mail address {address!r}: use e.g. you@example.org")
        if bool(self.user) != bool(self.password):
            missing = "password" if self.user else "user"
            raise ValueError(f"{missing} is missing: set both user and password")
        if self.user and self.security == "none":
            raise ValueError('password without encryption: set security = "starttls" or "tls"')
        if not 0 <= self.port < 65536 or self.timeout <= 0:
            raise ValueError("port must be 1 to 65535, timeout > 0 seconds")

    @property
    def server(self) -> tuple[str, int]:
        """Return the host and port of the SMTP server."""
        return self.host, self.port or _DEFAULT_PORTS[self.security]


class NotifyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[notify]`. Nothing is sent if no link is newly broken or recovered."""

    # End the run with exit code 1 if a notification cannot be delivered
    required: bool = False
    webhook: WebhookConfig = WebhookConfig()
    mail: MailConfig = MailConfig()


def _is_address(text: str) -> bool:
    """Return whether a text can be used as a mail address; it is no full check of RFC 5322."""
    name, at, host = text.rpartition("@")
    is_complete = bool(name and at and host)
    return is_complete and text.isprintable() and not set(text) & set(' <>,;"')
