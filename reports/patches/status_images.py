"""Recognise images that show the present state of something: badges, build states, counters.

A copy of such an image shows the state on the day of the copy, which is wrong on any other day. The
patterns are data: add the services that are missing. A wiki adds its own by `fix.status_images`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

# Files and folders that services of any kind name so, on any host.
_PATHS: Final = (
    r"[^?#]*/(?:[\w-]+-)?badge\.svg",
    r"[^?#]*/badges?/[^?#]*\.svg",
    r"[^?#]*/(?:build-?)?status\.(?:svg|png)",
    r"[^?#]*/badges/[^?#]*/(?:pipeline|coverage|build|release)\.svg",  # GitLab, GitHub
    r"[^?#]*/_apis/build/status",  # Azure Pipelines
    r"[^?#]*/buildstatus/(?:icon|text)",  # Jenkins
    r"[^?#]*/app/rest/builds/[^?#]*/statusicon",  # TeamCity
    r"[^?#]*/api/badges/",  # Drone, Woodpecker
    r"[^?#]*/api/project_badges/",  # SonarQube
    r"[^?#]*/project/badge/",  # Codacy
)
# Services whose images all show a state, and services that also have pages.
_SERVICES: Final = (
    r"(?:[\w-]+\.)?shields\.io/",
    r"(?:[\w-]+\.)?badgen\.net/",
    r"badges\.(?:gitter\.im|greenkeeper\.io)/",
    r"badge\.fury\.io/[^?#]*\.(?:svg|png)",
    r"(?:api\.|app\.)?travis-ci\.(?:org|com)/[^?#]*\.(?:svg|png)",
    r"ci\.appveyor\.com/api/projects/status/",
    r"(?:dl\.)?circleci\.com/(?:status-badge/img/|[^?#]*\.(?:svg|png))",
    r"coveralls\.io/repos/[^?#]*(?:badge|\.svg|\.png)",
    r"(?:app\.)?codecov\.io/[^?#]*\.svg",
    r"api\.codeclimate\.com/v1/badges/",
    r"(?:codeclimate|david-dm)\.[a-z]+/[^?#]*\.(?:svg|png)",
    r"goreportcard\.com/badge/",
    r"godoc\.org/[^?#]*\?status\.(?:svg|png)",
    r"poser\.pugx\.org/",
    r"nodei\.co/npm/[^?#]*\.(?:svg|png)",
    r"(?:static\.)?pepy\.tech/(?:personalized-)?badge/",
    r"(?:www\.)?bestpractices\.(?:dev|coreinfrastructure\.org)/projects/\d+/badge",
    r"repology\.org/badge/",
    r"readthedocs\.(?:org|com)/projects/[^/?#]+/badge",
    r"hits\.(?:seeyoufarm|dwyl)\.[a-z]+/",
    r"komarev\.com/ghpvc/",
    r"github-readme-stats\.vercel\.app/api",
    r"api\.star-history\.com/",
)
_STATUS_IMAGE = re.compile(
    rf"https?://(?:{'|'.join(_SERVICES)}|[^/?#]+(?:{'|'.join(_PATHS)}))", re.IGNORECASE
)


def is_status_image(url: str, patterns: Collection[str] = ()) -> bool:
    """Return whether a URL is that of an image which shows the present state of something.

    Args:
        url: The URL.
        patterns: Further patterns, matched from the beginning of the URL.

    >>> is_status_image("https://github.com/o/r/actions/workflows/ci.yml/badge.svg?branch=main")
    True
    >>> is_status_image("https://badge.fury.io/py/requests")
    False
    """
    if _STATUS_IMAGE.match(url):
        return True
    return any(re.match(pattern, url) for pattern in patterns)
