"""Test the trust of each service, by the registry or the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.archives.interface import Trust
from crawler.archives.services import SERVICES
from crawler.archives.trust import ServiceTrust, service_trust, trust_source
from crawler.config import ConfigError, load_config


def test_only_institutions_are_trusted_with_the_only_copy() -> None:
    less = ServiceTrust().less_trusted
    assert {"archive.today", "local"} <= set(less)
    assert {"wayback", "perma.cc"}.isdisjoint(less)
    assert {service.name for service in SERVICES} - set(less) == {
        service.name for service in SERVICES if service.trust is Trust.INSTITUTION
    }


def test_a_local_copy_is_less_trusted_only_if_configured() -> None:
    assert "local" not in ServiceTrust().less_trusted_in_reports
    assert "archive.today" in ServiceTrust().less_trusted_in_reports
    assert "local" in ServiceTrust({"local": Trust.DOUBTED}).less_trusted_in_reports
    assert "local" not in ServiceTrust({"local": Trust.INSTITUTION}).less_trusted_in_reports


def test_every_distrusted_service_has_a_source() -> None:
    distrusted = {
        service.name for service in SERVICES if service.trust in (Trust.DOUBTED, Trust.ENDED)
    }
    assert ServiceTrust().distrusted == distrusted
    assert {name for name in distrusted if not trust_source(name)} == set()
    assert trust_source("an-archive-of-the-configuration") == ""


def test_the_configuration_overrides_the_registry(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(
        '[archives.memento.ours]\ntimemap = "https://ours.example/"\n\n[archives.trust]\n'
        '"archive.today" = "institution"\nwikiwix = "ended"\nlocal = "institution"\nours = "doubted"\n'
    )
    trust = service_trust(load_config(file))
    assert {"archive.today", "local"}.isdisjoint(trust.less_trusted)
    assert {"wikiwix", "ours"} <= trust.distrusted
    assert "archive.today" not in trust.distrusted
    assert not ServiceTrust().is_distrusted("ours")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('"archive.tody" = "doubted"', "no archive is named 'archive.tody'; did you mean 'archive.today'?"),
        ('"archive.is" = "doubted"', "no archive is named 'archive.is'"),
        ('wayback = "bad"', "archives.trust"),
    ],
)  # fmt: skip
def test_an_unknown_name_or_word_is_an_error_with_its_line(
    tmp_path: Path, line: str, problem: str
) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(f"[archives.trust]\n{line}\n")
    with pytest.raises(ConfigError, match=r"holdfast\.toml:2?.*archives\.trust") as error:
        service_trust(load_config(file))
    assert problem in str(error.value)
