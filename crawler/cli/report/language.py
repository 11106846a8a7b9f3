"""Choose the language of reports and explanations."""

from __future__ import annotations

import os

from crawler.config import LoadedConfig
from reports.i18n import Lang, lang_from_environment


def report_language(wiki: LoadedConfig, option: str | None) -> Lang:
    """Return the language of reports: of the option, the configuration or the locale."""
    lang = option or wiki.config.report.lang
    return lang_from_environment({"LANG": lang} if lang else os.environ)
