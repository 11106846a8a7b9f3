"""Test the formats of the gate: no text breaks out of them, and blocking findings are errors."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given

from reports.gate import AddedCitation, GateMode, GateResult, Liveness, MissingCopy
from reports.gate.formats import GateFormat, render_gate
from reports.i18n import Lang, translator_for
from tests.unit.reports.hostile import HOSTILE


def citation(text: str = "http://x.example/", **fields: Any) -> AddedCitation:
    values: dict[str, Any] = {
        "page": text,
        "line": 1,
        "column": 2,
        "url": text,
        "liveness": Liveness.FAILING,
        "fault": text,
        "missing": MissingCopy.REFUSED,
        "detail": text,
    }
    return AddedCitation(**(values | fields))


def written(result: GateResult, name: GateFormat) -> str:
    return render_gate(result, name).decode()


@given(HOSTILE)
def test_no_text_breaks_out(text: str) -> None:
    patch = f"diff --git a/x b/x\n+{text}\n".encode("utf-8", "replace")
    result = GateResult(citations=[citation(text), citation(text, missing=None, copy=text or "c")], patch=patch)  # fmt: skip
    text = written(result, GateFormat.TEXT)
    assert len(text.splitlines()) == 3
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())
    lines = written(result, GateFormat.GITHUB).split("\n")
    assert [line.startswith("::warning file=") for line in lines] == [True, True, False]
    assert len(json.loads(written(result, GateFormat.GITLAB))) == 2
    comment = written(result, GateFormat.COMMENT)
    assert comment.count("\n- `") == 2
    fence = re.search(r"^(`{3,})diff\n", comment, re.MULTILINE)
    assert fence is not None
    assert re.findall(rf"^{fence[1]}$", comment, re.MULTILINE) == [fence[1]]


@pytest.mark.parametrize("form", [GateFormat.TEXT, GateFormat.GITHUB, GateFormat.GITLAB])
@pytest.mark.parametrize("command", ["##[error]a", "##vso[task.prependpath]/tmp"])
def test_no_line_is_a_command_to_a_ci_runner(form: GateFormat, command: str) -> None:
    text = written(GateResult(citations=[citation(f"a {command}")]), form)
    assert not re.search(r"##\w*\[", text)


def test_a_comment_ends_before_the_services_cut_it() -> None:
    many = [citation(f"http://x.example/{number}") for number in range(2_000)]
    comment = written(GateResult(citations=many, patch=b"x" * 50_000), GateFormat.COMMENT)
    assert len(comment) < 62_000
    assert re.search(r"… and [\d,]+ more\.", comment)
    assert "holdfast gate --format patch" in comment.replace("\\", "")


@pytest.mark.parametrize(
    ("liveness", "is_for_patch"),
    [
        (Liveness.ALIVE, True),
        (Liveness.FAILING, False),
        (Liveness.BLOCKED, False),
        (Liveness.UNKNOWN, False),
    ],
)
def test_only_copies_that_the_patch_adds_are_described_as_added(
    liveness: Liveness, is_for_patch: bool
) -> None:
    result = GateResult(citations=[citation(liveness=liveness, missing=None, copy="http://c/")])
    text = written(result, GateFormat.TEXT)
    assert ("copy to add: http://c/" in text) is is_for_patch
    assert ("1 copy to add to the page" in text) is is_for_patch
    assert ("copy to add by hand: http://c/" in text) is not is_for_patch
    assert ("1 copy to add by hand" in text) is not is_for_patch


@pytest.mark.parametrize(
    ("modes", "passes_undecided", "changes", "passes"),
    [
        ({GateMode.WARN}, False, {}, True),
        ({GateMode.REQUIRE_COPY}, False, {}, False),
        ({GateMode.REQUIRE_COPY}, True, {}, False),
        ({GateMode.REQUIRE_COPY}, False, {"missing": None, "copy": "c"}, True),
        ({GateMode.REQUIRE_COPY}, False, {"missing": MissingCopy.NO_RESPONSE}, False),
        ({GateMode.REQUIRE_COPY}, True, {"missing": MissingCopy.NO_RESPONSE}, True),
        ({GateMode.REQUIRE_ALIVE}, True, {}, False),
        ({GateMode.REQUIRE_ALIVE}, False, {"liveness": Liveness.BLOCKED}, True),
        ({GateMode.REQUIRE_ALIVE}, False, {"liveness": Liveness.UNKNOWN}, False),
        ({GateMode.REQUIRE_ALIVE}, True, {"liveness": Liveness.UNKNOWN}, True),
        ({GateMode.REQUIRE_ALIVE}, False, {"missing": None, "copy": "c"}, False),
        ({GateMode.REQUIRE_ALIVE}, False, {"missing": None, "copy": "c", "is_in_page": True}, True),
    ],
)
def test_modes(
    modes: set[GateMode], passes_undecided: bool, changes: dict[str, Any], passes: bool
) -> None:
    result = GateResult(citations=[citation(**changes)], modes=modes, passes_undecided=passes_undecided)  # fmt: skip
    assert result.passes is passes
    shown = written(result, GateFormat.GITHUB)
    assert shown.startswith("::error ") is not passes


def test_the_chinese_texts_are_translated() -> None:
    text = render_gate(GateResult(citations=[citation()]), GateFormat.TEXT, translator_for(Lang.ZH))
    assert "没有经核实的副本：存档服务未能生成可用的副本" in text.decode()
    assert "新增 1 处引用，0 处有经核实的副本" in text.decode()
