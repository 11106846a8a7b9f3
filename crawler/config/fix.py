"""Define the settings of `holdfast fix`."""

from __future__ import annotations

import msgspec

from store.vocabulary.citing_keys import CITING_KEYS


class FixConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[fix]`: what `holdfast fix` may change."""

    # Keys of front matter that cite sources; all others (url, image, canonicalURL, ...) describe
    # the page and are changed only with --front-matter
    front_matter: tuple[str, ...] = CITING_KEYS
