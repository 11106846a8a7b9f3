"""Send notifications as mail with a text and an HTML part (RFC 5322, RFC 2046)."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate

from crawler.config import NetworkConfig
from crawler.config.notifications import MailConfig
from crawler.http.tls import tls_context
from crawler.http.wire import BudgetSocket, WireBudget
from crawler.notifications.interface import Channel, DeliveryFailed, Message

_MAX_RESPONSE_BYTES = 1_000_000  # of all replies of the server together
_TOTAL_TIMEOUT_FACTOR = 4  # a whole mail may take this many times the timeout of one step


class MailChannel(Channel):
    """Sends mail through an SMTP server, over TLS from the start or after STARTTLS.

    If STARTTLS is configured and the server does not offer it, no mail is sent.

    Args:
        config: The settings of the mail server.
        network: The settings of the network.
    """

    kind = "mail"

    def __init__(self, config: MailConfig, network: NetworkConfig) -> None:
        self._config = config
        self._network = network

    @property
    def name(self) -> str:
        """The mail server, by its host."""
        return f"the mail server {self._config.host}"

    def deliver(self, message: Message) -> None:
        """Send a notification.

        Args:
            message: The notification.

        Raises:
            DeliveryFailed: The server could not be reached, or refused the mail or a recipient.
        """
        mail = self._compose(message)
        try:
            refused = self._send(mail)
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryFailed(
                f"{self.name} rejected user and password ({error.smtp_code}): "
                "check user and password in [notify.mail]"
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise DeliveryFailed(
                f'{self.name} offers no STARTTLS or login: use another port, or security = "tls"'
            ) from None
        except smtplib.SMTPRecipientsRefused:
            raise DeliveryFailed(
                f"{self.name} refused every recipient: check to and sender in [notify.mail]"
            ) from None
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(f"{self.name} responded {error.smtp_code}") from None
        except ssl.SSLError:
            raise DeliveryFailed(
                f"{self.name} has an invalid certificate, or does not support TLS: "
                "check network.ca_file, and security in [notify.mail]"
            ) from None
        except (OSError, smtplib.SMTPException):
            raise DeliveryFailed(
                f"{self.name} could not be reached, or closed the connection: "
                "check host and port in [notify.mail]"
            ) from None
        if refused:
            raise DeliveryFailed(
                f"{self.name} refused {len(refused)} of {len(self._config.to)} recipients: "
                "check to in [notify.mail]",
                partly_delivered=True,
            )

    def _send(self, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
        """Send the mail, and return the recipients that were refused, with the server's replies."""
        config = self._config
        server = self._connect()
        try:
            if config.security == "starttls":
                server.starttls(context=self._tls_context())
            if config.user:
                self._log_in(server)
            return self._send_message(server, mail)
        finally:
            # The reply to QUIT changes nothing: an accepted mail must not be sent again.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _log_in(self, server: smtplib.SMTP) -> None:
        """Log in. Raises DeliveryFailed for user names and passwords that `smtplib` cannot send."""
        try:
            server.login(self._config.user, self._config.password.reveal())
        except UnicodeEncodeError:  # the exception has the password
            raise DeliveryFailed(
                "user or password for the mail server has characters outside ASCII: "
                "change user or password in [notify.mail]"
            ) from None

    def _send_message(
        self, server: smtplib.SMTP, mail: EmailMessage
    ) -> dict[str, tuple[int, bytes]]:
        """Send the mail on an open connection, and return what `_send` returns."""
        try:
            return server.send_message(mail)
        except smtplib.SMTPNotSupportedError:  # RFC 6531
            raise DeliveryFailed(
                f"{self.name} accepts no addresses with characters outside ASCII (SMTPUTF8): "
                "change to and sender in [notify.mail]"
            ) from None

    def _connect(self) -> smtplib.SMTP:
        """Return a connection to the SMTP server that reads and waits within limits."""
        host, port = self._config.server
        timeout = self._config.timeout
        budget = WireBudget()
        budget.reset(_MAX_RESPONSE_BYTES, _TOTAL_TIMEOUT_FACTOR * timeout, step_seconds=timeout)
        if self._config.security == "tls":
            return _BoundedTlsSmtp(host, port, timeout, self._tls_context(), budget)
        return _BoundedSmtp(host, port, timeout, budget)

    def _tls_context(self) -> ssl.SSLContext:
        """Return the TLS settings, with the configured authorities."""
        return tls_context(self._network.ca_file)

    def _compose(self, message: Message) -> EmailMessage:
        """Return the mail with its headers and both parts."""
        mail = EmailMessage()
        mail["From"] = self._config.sender or self._config.to[0]
        mail["To"] = ", ".join(self._config.to)
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.id}@holdfast>"  # clients show a mail sent twice once
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: prevents automatic replies
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail


class _BoundedSmtp(smtplib.SMTP):
    """An SMTP client that reads within a budget."""

    def __init__(self, host: str, port: int, timeout: float, budget: WireBudget) -> None:
        self._budget = budget
        super().__init__(host, port, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return a socket connected to the server, which receives within the budget."""
        return BudgetSocket.wrap(socket.create_connection((host, port), timeout), self._budget)


class _BoundedTlsSmtp(_BoundedSmtp):
    """An SMTP client over TLS from the start that reads within a budget."""

    def __init__(
        self, host: str, port: int, timeout: float, context: ssl.SSLContext, budget: WireBudget
    ) -> None:
        self._context = context
        super().__init__(host, port, timeout, budget)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return a socket with TLS, which receives within the budget."""
        connected = super()._get_socket(host, port, timeout)
        return self._context.wrap_socket(connected, server_hostname=host)
