"""A notice as a mail of two alternatives, text and HTML (RFC 5322, RFC 2046)."""

from __future__ import annotations

import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from crawler.config import NetworkConfig
from crawler.config.notifications import MailConfig
from crawler.http.tls import tls_context
from crawler.http.wire import BudgetSocket, WireBudget
from crawler.notifications.interface import Channel, DeliveryFailed, Message

_LARGEST_ANSWER = 1_000_000  # bytes of all replies together
_MOST_STEPS = 4  # as many times the timeout of one step, for a whole mail


class Mail(Channel):
    """Hands one mail to an SMTP server: over TLS from the first byte, or from STARTTLS on, which a server that lacks it cannot talk us out of."""

    kind = "mail"

    def __init__(self, config: MailConfig, network: NetworkConfig) -> None:
        self._config = config
        self._network = network

    @property
    def name(self) -> str:
        return f"the mail server {self._config.host}"

    def deliver(self, message: Message) -> None:
        config = self._config
        mail = self._compose(message)
        try:
            with self._connect() as server:
                if config.security == "starttls":
                    server.starttls(context=self._tls())
                if config.user:
                    server.login(config.user, config.password.reveal())
                refused = server.send_message(mail)
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryFailed(
                f"{self.name} refuses the user and password ({error.smtp_code})"
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise DeliveryFailed(
                f'{self.name} offers no STARTTLS or login: another port, or security = "tls"'
            ) from None
        except smtplib.SMTPRecipientsRefused:
            raise DeliveryFailed(f"{self.name} refuses every recipient") from None
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(f"{self.name} answered {error.smtp_code}") from None
        except ssl.SSLError:
            raise DeliveryFailed(
                f"{self.name} has a certificate that does not hold, or speaks no TLS"
            ) from None
        except (OSError, smtplib.SMTPException):
            raise DeliveryFailed(f"{self.name} could not be reached, or hung up") from None
        if refused:
            raise DeliveryFailed(
                f"{self.name} refuses {len(refused)} of {len(config.to)} recipients", by_some=True
            )

    def _connect(self) -> smtplib.SMTP:
        host, port = self._config.server
        timeout = self._config.timeout
        budget = WireBudget()
        budget.grant(_LARGEST_ANSWER, _MOST_STEPS * timeout, step_seconds=timeout)
        if self._config.security == "tls":
            return _BoundedTLS(host, port, timeout, self._tls(), budget)
        return _Bounded(host, port, timeout, budget)

    def _tls(self) -> ssl.SSLContext:
        return tls_context(self._network.ca_file)

    def _compose(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._config.sender or self._config.to[0]
        mail["To"] = ", ".join(self._config.to)
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.id}@holdfast>"  # a mail sent twice is shown once
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail


class _Bounded(smtplib.SMTP):
    """Talks to a server within a budget."""

    def __init__(self, host: str, port: int, timeout: float, budget: WireBudget) -> None:
        self._budget = budget
        super().__init__(host, port, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return BudgetSocket.around(socket.create_connection((host, port), timeout), self._budget)


class _BoundedTLS(_Bounded):
    """The same, over TLS from the first byte."""

    def __init__(
        self, host: str, port: int, timeout: float, context: ssl.SSLContext, budget: WireBudget
    ) -> None:
        self._context = context
        super().__init__(host, port, timeout, budget)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._context.wrap_socket(
            super()._get_socket(host, port, timeout), server_hostname=host
        )
