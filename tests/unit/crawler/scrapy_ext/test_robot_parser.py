"""Test that robots.txt is read for Scrapy within bounds, and without the line that was cut."""

from __future__ import annotations

from typing import Any

import pytest
from protego import Protego
from scrapy.utils.test import get_crawler

from crawler.http.fetch import BODY_LIMIT
from crawler.scrapy_ext.robot_parser import BoundedRobotParser


def parser(body: bytes) -> BoundedRobotParser:
    return BoundedRobotParser.from_crawler(get_crawler(), body)


def test_the_rules_for_holdfast_are_followed() -> None:
    rules = parser(b"User-agent: *\nDisallow: /a\n\nUser-agent: Holdfast\nDisallow: /b\n")
    allowed = [rules.allowed(f"http://wiki.test/{name}", "Holdfast") for name in "ab"]
    assert allowed == [True, False]
    assert rules.allowed(b"http://wiki.test/a", b"other")


def test_a_line_that_was_cut_is_no_rule() -> None:
    rules = parser((b"User-agent: *\n#" + b"a" * BODY_LIMIT)[: BODY_LIMIT - 11] + b"\nDisallow: /")
    assert rules.allowed("http://wiki.test/a", "Holdfast")


def test_rules_are_not_stored_for_each_robot(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "".join(f"User-agent: robot{number}\n" for number in range(1_500))
    rules = "".join(f"Disallow: /{number}\n" for number in range(1_500))
    parsed: list[Any] = []
    parse = Protego.parse

    def keep(text: str) -> Any:
        parsed.append(parse(text))
        return parsed[-1]

    monkeypatch.setattr(Protego, "parse", keep)
    parser((names + rules).encode())
    assert len(parsed[0]._user_agents) == 1
