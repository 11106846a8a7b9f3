"""Run the long form: python -m tests.crash [--rounds 50] [--seed 2026], on SQLite and PostgreSQL."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from store.schema.engine import open_database
from tests.crash.rounds import prepare, run_rounds
from tests.postgresql import binaries, running_cluster


def main() -> None:
    """Run the rounds on each database, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    programs = binaries()
    if programs is None:
        sys.exit("there is no PostgreSQL server: .ci/system-packages installs one on Debian")
    with tempfile.TemporaryDirectory() as folder, running_cluster(programs) as cluster:
        for url in (f"sqlite:///{Path(folder) / 'crash.db'}", cluster.new_database()):
            database = open_database(url)
            prepare(database)
            results = run_rounds(database, rounds=arguments.rounds, seed=arguments.seed)
            kind = database.engine.dialect.name
            sys.stdout.write(
                f"{kind}: killed {results.killed} times; {results.acknowledged} acknowledged, none missing; {results.probes} probes, none half\n"
            )
            database.close()


if __name__ == "__main__":
    main()
