"""Translate reports: into English, and the languages with a catalog in `locales/`.

Messages are English texts with named fields. The catalogs are gettext's;
`python -m tests.locales` updates and compiles them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files


class Lang(StrEnum):
    """The values of `--lang`, which are also values of HTML's `lang` attribute (BCP 47)."""

    EN = "en"
    ZH = "zh-Hans"


class Translator:
    """Translates messages to one language."""

    def __init__(self, lang: Lang, catalog: NullTranslations) -> None:
        self.lang = lang
        self._catalog = catalog

    def __call__(self, message: str, /, **fields: object) -> str:
        """Return a translated message with its fields filled in.

        >>> translator_for(Lang.EN)("line {line}", line=3)
        'line 3'
        """
        # gettext returns the header of the catalog for an empty message.
        translated = self._catalog.gettext(message) if message else ""
        return translated.format(**fields) if fields else translated

    def count(self, one: str, many: str, number: int, /, **fields: object) -> str:
        """Return a translated message about a number of things; fills the field `number` too.

        >>> translator_for(Lang.EN).count("{number} link", "{number} links", 2)
        '2 links'
        >>> translator_for(Lang.EN).count("{number} link", "{number} links", 2000)
        '2,000 links'
        """
        return self._catalog.ngettext(one, many, number).format(number=f"{number:,}", **fields)

    def sentences(self, *sentences: str) -> str:
        """Return sentences as one text, without those that are empty.

        >>> translator_for(Lang.EN).sentences("One.", "", "Two.")
        'One. Two.'
        """
        return self.separator.join(filter(None, sentences))

    @property
    def separator(self) -> str:
        """Return the separator between two sentences."""
        return "" if self.lang is Lang.ZH else " "

    def join(self, names: Iterable[str]) -> str:
        """Return names as one text, separated as the language does.

        >>> translator_for(Lang.EN).join(["a.example", "b.example"])
        'a.example, b.example'
        """
        return ("、" if self.lang is Lang.ZH else ", ").join(names)

    def plural_forms(self, one: str, many: str) -> tuple[str, str]:
        """Return the translated singular and plural of a message, for a script to fill in.

        >>> translator_for(Lang.EN).plural_forms("{number} link", "{number} links")
        ('{number} link', '{number} links')
        """
        return self._catalog.ngettext(one, many, 1), self._catalog.ngettext(one, many, 2)


@cache
def translator_for(lang: Lang) -> Translator:
    """Return the translator to a language."""
    if lang is Lang.EN:
        return Translator(lang, NullTranslations())
    path = files("reports").joinpath("locales", lang.replace("-", "_"), "LC_MESSAGES", "reports.mo")
    with path.open("rb") as file:
        return Translator(lang, GNUTranslations(file))


def lang_from_environment(environment: Mapping[str, str]) -> Lang:
    """Return the language of the user's locale.

    Any Chinese locale (`zh_TW` as well) gets Simplified Chinese, every other one English.
    As in POSIX, LC_ALL overrides LC_MESSAGES, which overrides LANG.

    >>> lang_from_environment({"LANG": "zh_CN.UTF-8"})
    <Lang.ZH: 'zh-Hans'>
    >>> lang_from_environment({"LANG": "zh_TW.UTF-8"})
    <Lang.ZH: 'zh-Hans'>
    >>> lang_from_environment({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"})
    <Lang.EN: 'en'>
    >>> lang_from_environment({})
    <Lang.EN: 'en'>
    """
    values = [environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    locale = next((value for value in values if value), "")
    return Lang.ZH if locale.startswith("zh") else Lang.EN
