"""Define the settings of `holdfast fix`."""

from __future__ import annotations

import msgspec

from store.vocabulary.citing_keys import CITING_KEYS


class FixConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[fix]`: what `holdfast fix` may change."""

    # Keys of front matter that cite sources; all others (url, image, canonicalURL, ...) describe
    # the page and are changed only with --front-matter
    front_matter: tuple[str, ...] = CITING_KEYS
    # Maximum number of days between a copy that is left (--leave) and the copy elsewhere that
    # replaces it
    leave_days: int = 365
    # URL patterns (regular expressions, from the beginning) of further images that show a live
    # state, as badges do: no copy replaces them
    status_images: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.leave_days < 0:
            raise ValueError("leave_days must be at least 0")
