"""The languages reports for persons are written in: English, and those with a catalogue in `locales/`.

Messages are English sentences with named fields. Catalogues are gettext's; `python -m tests.locales` brings them up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files


class Lang(StrEnum):
    """The values of `--lang`. As HTML's `lang` attribute has them (BCP 47)."""

    EN = "en"
    ZH = "zh-Hans"


class Translator:
    """Writes messages in one language."""

    def __init__(self, lang: Lang, catalogue: NullTranslations) -> None:
        self.lang = lang
        self._catalogue = catalogue

    def __call__(self, message: str, /, **fields: object) -> str:
        """Write a message with its fields filled in.

        >>> translator_for(Lang.EN)("line {line}", line=3)
        'line 3'
        """
        written = self._catalogue.gettext(message) if message else ""
        return written.format(**fields) if fields else written

    def count(self, one: str, many: str, number: int, /, **fields: object) -> str:
        """Write a message that counts something; the field `number` is filled too.

        >>> translator_for(Lang.EN).count("{number} link", "{number} links", 2)
        '2 links'
        """
        return self._catalogue.ngettext(one, many, number).format(number=number, **fields)

    def forms(self, one: str, many: str) -> tuple[str, str]:
        """Give a message that counts something as it is written of one and of several, for a script to fill in.

        >>> translator_for(Lang.EN).forms("{number} link", "{number} links")
        ('{number} link', '{number} links')
        """
        return self._catalogue.ngettext(one, many, 1), self._catalogue.ngettext(one, many, 2)


@cache
def translator_for(lang: Lang) -> Translator:
    """Open the catalogue of a language."""
    if lang is Lang.EN:
        return Translator(lang, NullTranslations())
    path = files("reports").joinpath("locales", lang.replace("-", "_"), "LC_MESSAGES", "reports.mo")
    with path.open("rb") as file:
        return Translator(lang, GNUTranslations(file))


def lang_from_environment(environment: Mapping[str, str]) -> Lang:
    """Choose the language of a person's locale, as POSIX has them do: LC_ALL before LC_MESSAGES before LANG. English where there is no catalogue.

    >>> lang_of({"LANG": "zh_CN.UTF-8"}), lang_of({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}), lang_of({})
    (<Lang.ZH: 'zh-Hans'>, <Lang.EN: 'en'>, <Lang.EN: 'en'>)
    """
    named = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)),
        "",
    )
    return Lang.ZH if named.startswith("zh") else Lang.EN
