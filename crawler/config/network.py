"""Define the settings of `[network]`."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

import msgspec

from crawler.config.proxy_address import check_proxy
from crawler.process.version import holdfast_version


class NetworkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[network]`: how the web is reached."""

    # Private address ranges that may be requested, e.g. "10.20.0.0/16"
    allow: tuple[str, ...] = ()
    # Contact address or URL in the user agent
    contact: str = ""
    # URL of a proxy; unset: the environment's (https_proxy and similar variables)
    proxy: str = ""
    # PEM file with certificate authorities that are trusted in addition to the system's
    ca_file: str = ""
    # Connect to another host and port, "host:port" or "*:port" -> "host:port", as curl's
    # --connect-to does
    connect_to: dict[str, str] = {}
    # Maximum number of hosts that are requested at the same time
    concurrency: int = 128
    # Do not request links that their site's robots.txt disallows
    obey_robots: bool = False

    def __post_init__(self) -> None:
        for text in self.allow:
            _parse_network(text)
        for source, target in self.connect_to.items():
            if not (_has_port(source) and _has_port(target)):
                raise ValueError(
                    f"connect_to {source[:100]!r} = {target[:100]!r}: write both as host:port"
                )
        if self.concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        if re.search(r"[\x00-\x1f]", self.contact):
            raise ValueError("contact must be an address or a URL on one line")
        if self.contact and not re.search(r"@|https?://", self.contact):
            raise ValueError(
                f"invalid contact {self.contact[:100]!r}: "
                "use e.g. mailto:you@example.org or https://example.org/contact"
            )
        if self.proxy:
            check_proxy(self.proxy)

    @property
    def user_agent(self) -> str:
        """Return the user agent: the software and the contact.

        It avoids the word "link", which some servers' rules refuse.

        >>> NetworkConfig(contact="mailto:wiki@example.org").user_agent.split("(")[1]
        '+mailto:wiki@example.org)'
        """
        purpose = f"+{self.contact}" if self.contact else "citation preservation"
        return f"Holdfast/{holdfast_version()} ({purpose})"

    @property
    def allowed_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the address ranges of `allow`."""
        return tuple(_parse_network(text) for text in self.allow)


def _parse_network(text: str) -> IPv4Network | IPv6Network:
    """Return an address range such as 10.20.0.0/16. Raises ValueError."""
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"invalid address range {text!r}: use e.g. 10.20.0.0/16") from error


def _has_port(address: str) -> bool:
    """Return whether a text ends with a colon and a port from 1 to 65535."""
    _, _, port = address.rpartition(":")
    is_number = port.isascii() and port.isdigit() and len(port) <= 5
    return ":" in address and is_number and 0 < int(port) < 65536
