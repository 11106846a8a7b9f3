"""Express a move as the replacement of a URL's prefix, with the same path segments after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crawler.moves.url_parts import Source, UrlParts


class PrefixReplacement(NamedTuple):
    """The replacement of a URL's prefix by another; the rest stays.

    A rule of `crawler.moves.url_rules` uses either this or a `UrlTemplate`, by the same methods.

    Attributes:
        old_prefix: The host without `www.`, and the folders that are replaced.
        new_prefix: The text that replaces them, with scheme.
        old_extension: The extension of the old URLs.
        new_extension: The extension of the new URLs.
        ends_with_slash: Whether the new URLs end with a slash.
        is_lower: Whether the rest is put into lower case.
    """

    old_prefix: tuple[str, ...]
    new_prefix: str
    old_extension: str
    new_extension: str
    ends_with_slash: bool
    is_lower: bool

    def apply(self, old: UrlParts) -> str | None:
        """Return the new URL of a page; None if its old URL has another prefix or extension."""
        names = (old.host, *old.segments)
        length = len(self.old_prefix)
        if names[:length] != self.old_prefix or len(names) <= length:
            return None
        if old.extension != self.old_extension:
            return None
        path = "/".join(names[length:]).removesuffix(old.extension)
        if self.is_lower:
            path = path.lower()
        slash = "/" if self.ends_with_slash else ""
        query = f"?{old.query}" if old.query else ""
        return f"{self.new_prefix}/{path}{self.new_extension}{slash}{query}"

    @property
    def constant_start(self) -> str:
        """The text with which all new URLs begin: the new prefix."""
        return self.new_prefix

    @property
    def sources(self) -> frozenset[Source]:
        """No pieces: everything after the prefix stays as a whole."""
        return frozenset()

    @property
    def respelt_pieces(self) -> int:
        """The number of pieces that are spelt differently in the new URL: none."""
        return 0

    def identifies_page(self, old: UrlParts) -> bool:
        """Return whether the new URL names the page: a path segment follows the old prefix."""
        return len(old.segments) >= len(self.old_prefix)


def prefix_replacements(old: UrlParts, new: UrlParts) -> Iterator[PrefixReplacement]:
    """Yield the ways to express a move as a replaced prefix: the shortest and the longest.

    The URLs must share at least the whole last name, and their query.
    """
    if not old.segments or not new.segments or old.query != new.query:
        return
    for is_lower in (False, True):
        same = _count_equal_names(old, new, is_lower=is_lower)
        for count in sorted({same, 1} if same else ()):
            kept = new.segments[: len(new.segments) - count]
            yield PrefixReplacement(
                old_prefix=(old.host, *old.segments[: len(old.segments) - count]),
                new_prefix="/".join((f"{new.scheme}://{new.netloc}", *kept)),
                old_extension=old.extension,
                new_extension=new.extension,
                ends_with_slash=new.ends_with_slash,
                is_lower=is_lower,
            )
        if same:
            return


def _count_equal_names(old: UrlParts, new: UrlParts, *, is_lower: bool) -> int:
    """Return how many names at the end of two URLs are equal, without the extension."""
    old_names, new_names = list(old.segments), list(new.segments)
    old_names[-1] = old_names[-1].removesuffix(old.extension)
    new_names[-1] = new_names[-1].removesuffix(new.extension)
    count = 0
    for old_name, new_name in zip(reversed(old_names), reversed(new_names), strict=False):
        if (old_name.lower() if is_lower else old_name) != new_name:
            break
        count += 1
    return count
