"""Test that all messages are translated with the same fields, and that catalogs are compiled."""

from __future__ import annotations

import re

import pytest

from reports.i18n import Lang, lang_from_environment, translator_for
from tests.locales import catalog_path, compiled, messages, read

TRANSLATED = [lang for lang in Lang if lang is not Lang.EN]


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_message_is_translated_and_nothing_else_is(lang: Lang) -> None:
    translations = {message.id: message.string for message in read(lang) if message.id}
    assert set(translations) == {(one, many) if many else one for one, many in messages()}
    for message, translation in translations.items():
        one = message if isinstance(message, str) else message[0]
        written = translation[0] if isinstance(translation, tuple) else translation
        assert isinstance(written, str)
        assert written, message
        assert set(re.findall(r"\{\w*\}", written)) == set(re.findall(r"\{\w*\}", one)), message


@pytest.mark.parametrize("lang", TRANSLATED)
def test_compiled_catalog_is_up_to_date(lang: Lang) -> None:
    assert catalog_path(lang).with_suffix(".mo").read_bytes() == compiled(read(lang)), (
        "run python -m tests.locales"
    )


def test_messages_are_found_where_they_stand() -> None:
    found = messages()
    assert {
        ("To do", None),
        ("All links", None),
        ("server error", None),
        ("Cited at", None),
    } <= found
    assert ("{number} link", "{number} links") in found
    assert len(found) > 200


@pytest.mark.parametrize(
    ("lang", "number", "written"),
    [
        (Lang.EN, 1, "1 link"),
        (Lang.EN, 2, "2 links"),
        (Lang.ZH, 1, "1 个链接"),
        (Lang.ZH, 2, "2 个链接"),
    ],
)
def test_numbers_take_the_form_their_language_has(lang: Lang, number: int, written: str) -> None:
    assert translator_for(lang).count("{number} link", "{number} links", number) == written


def test_untranslated_texts_stay_in_english() -> None:
    assert translator_for(Lang.ZH)("a word of a service's own") == "a word of a service's own"
    assert translator_for(Lang.ZH)("") == ""


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "zh_TW.UTF-8"}, Lang.ZH),
        ({"LANG": "en_GB.UTF-8"}, Lang.EN),
        ({"LANG": "zh_CN", "LC_MESSAGES": "de_DE"}, Lang.EN),
        ({"LC_ALL": "", "LANG": "zh"}, Lang.ZH),
    ],
)
def test_language_is_that_of_the_locale(environment: dict[str, str], lang: Lang) -> None:
    assert lang_from_environment(environment) is lang
