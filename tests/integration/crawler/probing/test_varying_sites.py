"""Test many draws of living sites that vary at each request: none of their pages is called broken."""

from __future__ import annotations

import pytest

from store.vocabulary import Verdict
from tests.worlds import third_entries, third_lists
from tests.worlds.simulation import Simulation
from tests.worlds.third import build_kinds
from tests.worlds.truth import InventedWeb

# Kinds on which random URLs have the words of the cited pages by chance.
BY_CHANCE = (
    "goods, a group's name among all goods",
    "weather, any place else",
    "share price, a table else",
    "month of a calendar",
    "radio, on air now",
    "short entry, any entry else",
    "newest post, served for all else",
)
NIGHTS = (0, 1, 8)


@pytest.mark.parametrize("seed", range(3))
def test_no_page_of_a_living_site_that_varies_is_called_broken(seed: int) -> None:
    web, kinds = InventedWeb(), third_lists.KINDS | third_entries.KINDS
    build_kinds(web, {kind: kinds[kind] for kind in BY_CHANCE}, seed, 1, "s")
    simulation = Simulation(web)
    simulation.run(NIGHTS)
    wrong = [
        f"{cited.kind}: {cited.url} ({cited.text}), day {day}: {judgement.detail}"
        for cited, found in simulation.found
        for day, judgement in found
        if judgement.verdict is Verdict.BROKEN
    ]
    assert not wrong, "\n".join(wrong)
