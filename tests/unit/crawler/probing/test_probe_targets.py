"""Test which URL is requested for a due link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.config.archives import WaybackConfig
from crawler.probing.probe_targets import probe_target
from crawler.probing.target import ProbeTarget
from store.vocabulary import MirrorAddress, Role, State, Validators
from store.work.frontier import DueLink

URL = "https://a.example/story"
WAYBACK = WaybackConfig(endpoint="http://127.0.0.1:4000/")


@pytest.mark.parametrize(
    ("state", "probes", "whole"),
    [
        (State.UNCHECKED, 0, True),
        (State.ALIVE, 1, False),
        (State.ALIVE, 3, False),
        (State.ALIVE, 4, True),  # a server may answer 304 to everything
        (State.MOVED, 5, False),
        (State.MOVED, 8, True),
        (State.SUSPECT, 1, True),
        (State.BROKEN, 9, True),
        (State.BLOCKED, 3, True),
        (State.UNSURE, 3, True),
    ],
)
def test_only_living_pages_get_conditional_requests_and_not_every_time(
    state: State, probes: int, whole: bool
) -> None:
    plain = DueLink(id=1, url=URL, role=Role.LINK, state=state, probes=probes)
    target = ProbeTarget(url=URL, role=Role.LINK)
    assert probe_target(plain, WAYBACK) == target  # no validators are stored
    tagged, sized = Validators(url=URL, etag='"a"'), Validators(url=URL, length=7)
    link = replace(plain, validators=tagged)
    assert probe_target(link, WAYBACK) == (target if whole else replace(target, validators=tagged))
    assert probe_target(link, WAYBACK, needs_body=True) == target
    head = replace(target, validators=sized, begin_with_get=False)
    sized_link = replace(plain, validators=sized)
    assert probe_target(sized_link, WAYBACK) == (target if whole else head)
    assert probe_target(sized_link, WAYBACK, only_get=True) == target


def test_a_fragment_that_was_never_looked_for_needs_the_page() -> None:
    known = Validators(url=URL, etag='"a"', fragments=("one",))
    link = DueLink(id=1, url=URL, role=Role.LINK, state=State.ALIVE, probes=1, validators=known)
    assert probe_target(replace(link, fragments=("one",)), WAYBACK).validators == known
    assert probe_target(replace(link, fragments=("one", "two")), WAYBACK).validators is None


def test_a_wayback_mirror_is_probed_as_raw_memento_at_the_configured_endpoint() -> None:
    cited = f"https://web.archive.org/web/20210805110426/{URL}"
    address = MirrorAddress(service="wayback", timestamp="20210805110426", original=URL)
    target = probe_target(
        DueLink(id=1, url=cited, role=Role.MIRROR, state=State.ALIVE, probes=1, address=address),
        WAYBACK,
    )
    assert target == ProbeTarget(
        url=cited,
        role=Role.MIRROR,
        fetch_url=f"http://127.0.0.1:4000/web/20210805110426id_/{URL}",
        begin_with_get=True,
        follow=False,
    )


@pytest.mark.parametrize(
    "shown",
    [
        "https://a.example/moved",
        "https://archive.ph/78efA",
        f"http://{URL.removeprefix('https://')}",
    ],
)
def test_a_mirror_is_requested_by_the_original_in_its_own_url(
    shown: str,
) -> None:
    cited = f"https://web.archive.org/web/20210805110426/{shown}"
    address = MirrorAddress(service="wayback", timestamp="20210805110426", original=URL)
    target = probe_target(
        DueLink(id=1, url=cited, role=Role.MIRROR, state=State.ALIVE, probes=1, address=address),
        WAYBACK,
    )
    assert target.fetch_url == f"http://127.0.0.1:4000/web/20210805110426id_/{shown}"


@pytest.mark.parametrize(
    "address",
    [
        MirrorAddress(service="archive.today", snapshot_id="78efA", original=URL),
        MirrorAddress(service="wayback", timestamp="2021", original=None),
        MirrorAddress(service="wayback", timestamp="", original=URL),
    ],
)
def test_any_other_mirror_is_requested_unchanged_by_get(address: MirrorAddress) -> None:
    link = DueLink(
        id=1,
        url="https://archive.example/x",
        role=Role.MIRROR,
        state=State.ALIVE,
        probes=1,
        address=address,
    )
    assert probe_target(link, WAYBACK) == ProbeTarget(
        url=link.url, role=Role.MIRROR, begin_with_get=True, follow=True
    )


def test_a_cited_local_copy_is_requested_as_raw_memento() -> None:
    url = "https://wiki.example/kept/20261122114800/https://a.example/20261122114800/"
    address = MirrorAddress(
        service="local", timestamp="20261122114800", original="https://a.example/20261122114800/"
    )
    target = probe_target(
        DueLink(id=1, url=url, role=Role.MIRROR, state=State.UNCHECKED, probes=0, address=address),
        WaybackConfig(),
    )
    assert (
        target.fetch_url
        == "https://wiki.example/kept/20261122114800id_/https://a.example/20261122114800/"
    )
    assert not target.follow
