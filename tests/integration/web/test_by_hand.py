"""Test that the output of `python -m tests.web` is complete and usable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from crawler.config import load_config
from tests.web.__main__ import configuration, describe
from tests.web.internet import Internet
from tests.web.verdicts import REASONS


def test_the_configuration_leads_to_the_test_internet(web: Internet, tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(configuration(web), encoding="utf-8")
    network = load_config(file, environment={}).config.network
    assert network.connect_to == web.connect_to()
    assert (
        Path(network.ca_file).read_text(encoding="ascii").startswith("-----BEGIN CERTIFICATE-----")
    )


def test_the_description_names_every_host(web: Internet) -> None:
    described = {line.split("/")[2] for line in describe(web).splitlines()}
    judged = {url.split("/")[2] for url in REASONS} - {"例え.test"}
    assert described == judged


def test_it_runs_until_interrupted() -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.web"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line.startswith('"black-hole.test:443"'):
                break
        process.send_signal(signal.SIGINT)
        assert (process.wait(30), process.stderr.read()) == (0, "")
