"""Test which images show a live state, and are replaced by no copy."""

from __future__ import annotations

import pytest

from reports.patches.status_images import is_status_image


@pytest.mark.parametrize(
    "url",
    [
        "https://img.shields.io/pypi/v/holdfast.svg",
        "https://img.shields.io/badge/any-text-blue?style=flat",
        "http://shields.io/npm/v/a",
        "https://flat.badgen.net/npm/v/express",
        "https://badge.fury.io/py/requests.svg",
        "https://github.com/o/r/workflows/CI/badge.svg",
        "https://github.com/o/r/actions/workflows/ci.yml/badge.svg?branch=main",
        "https://gitlab.com/g/p/badges/main/pipeline.svg",
        "https://travis-ci.org/o/r.svg?branch=master",
        "https://ci.appveyor.com/api/projects/status/abc123",
        "https://dev.azure.com/o/p/_apis/build/status/1?branchName=main",
        "https://ci.example.org/buildStatus/icon?job=a",
        "https://docs.rs/serde/badge.svg",
        "https://deps.rs/repo/github/o/r/status.svg",
        "https://readthedocs.org/projects/holdfast/badge/?version=latest",
        "https://hosted.weblate.org/widgets/p/-/svg-badge.svg",
    ],
)
def test_badges_and_build_states_are_recognised(url: str) -> None:
    assert is_status_image(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://badge.fury.io/py/requests",
        "https://travis-ci.org/o/r",
        "https://scouts.example/badge-1950.png",
        "https://museum.example/badges/roman.jpg",
        "https://museum.example/badge.html",
        "https://a.example/status.html",
        "https://a.example/page?image=/badge.svg",
        "https://a.example/photo.svg",
        "https://notshields.io/a.svg",
    ],
)
def test_pages_and_pictures_are_not(url: str) -> None:
    assert not is_status_image(url)


def test_patterns_of_a_wiki_match_from_the_beginning() -> None:
    patterns = [r"https://ci\.example/"]
    assert is_status_image("https://ci.example/lamp.png", patterns)
    assert not is_status_image("https://a.example/?https://ci.example/lamp.png", patterns)
