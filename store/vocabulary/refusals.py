"""Records of pages that public archives may not, or cannot, copy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msgspec import Struct


class RefusalKind(StrEnum):
    """A reason why public archives may not copy a page; the first of several is reported."""

    ROBOTS = "robots"  # the site's robots.txt disallows the robots of archives
    SERVICE = "service"  # a capture service was refused by the site, or must not copy it
    EXCLUDED = "excluded"  # an archive does not show this page
    LOGIN = "login-wall"
    PAYWALL = "paywall"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRefusal:
    """The reason why public archives may not copy a page, and whether there are copies anyway.

    Attributes:
        kind: The kind of reason.
        detail: The name of the robot, or the service with its code; "" for walls.
        kept: Whether the local archive has a copy.
        public_copy: Whether a public archive has a working copy from another time.
    """

    kind: RefusalKind
    detail: str = ""
    kept: bool = False
    public_copy: bool = False


class RefusalCounts(Struct, frozen=True, kw_only=True):
    """The number of pages that public archives may not copy.

    Attributes:
        kept: Number of those of which the local archive has a copy.
        not_kept: Number of the others.
        public_copies: Number of the others of which a public archive has a copy from another time.
    """

    kept: int = 0
    not_kept: int = 0
    public_copies: int = 0

    @property
    def total(self) -> int:
        """The number of all of them."""
        return self.kept + self.not_kept


# Codes of failed captures that are about the whole site. `blocked-url` and `excluded` mean that it
# is on a list of the service, at its owner's request.
SITE_REFUSAL_CODES: Final = frozenset({"blocked", "blocked-url", "excluded", "robots-txt"})
# Codes of failed captures that are about the page alone (HTTP 403, 401 and 511)
PAGE_REFUSAL_CODES: Final = frozenset(
    {"no-access", "unauthorized", "network-authentication-required"}
)
