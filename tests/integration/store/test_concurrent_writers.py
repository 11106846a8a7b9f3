"""Test several processes on one database, and texts that no database can store unchanged."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from crawler.liveness import make_judgement
from store.maintenance.integrity import check_database
from store.queries.link_history import probes_of
from store.schema.engine import Database
from store.schema.models import CitationRow, HostRow, LinkRow, MirrorRow, PageRow
from store.vocabulary import PageEvidence, Reason
from store.work.history import record_results
from tests.integration.store.stored_history import START, StoredHistory, decide

_SCAN = """
import sys
from store.schema.engine import open_database
from tests.integration.store.stored_history import START, StoredHistory
database = open_database(sys.argv[1], durable=False)
stored_history = StoredHistory(database)
pages = {
    f"{page}.md": " ".join(
        f"<https://host-{(page * 7 + place * int(sys.argv[2])) % 40}.example/{place}> "
        f"<https://web.archive.org/web/20200101000000/https://host-{place}.example/>" for place in range(8)
    )
    for page in range(30)
}
print("ready", flush=True)
sys.stdin.readline()
run = stored_history.begin(START)
names = list(pages) if int(sys.argv[2]) % 2 else list(reversed(pages))
for start in range(0, len(names), 5):
    stored_history.scan(run, START, {name: pages[name] for name in names[start : start + 5]})
database.close()
"""


def test_scans_of_the_same_pages_at_once_make_each_row_once(database: Database) -> None:
    address = database.engine.url.render_as_string(hide_password=False)
    scans = [
        subprocess.Popen(
            [sys.executable, "-c", _SCAN, address, str(way)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for way in (1, 2, 3)
    ]
    for scan in scans:
        assert scan.stdout
        scan.stdout.readline()
    for scan in scans:
        assert scan.stdin
        scan.stdin.write("now\n")
        scan.stdin.flush()
    assert [scan.communicate()[1] for scan in scans] == ["", "", ""]
    with database.read() as connection:
        rows = {
            model: connection.scalar(select(func.count()).select_from(model))
            for model in (PageRow, MirrorRow)
        }
        hosts, names = connection.execute(
            select(func.count(HostRow.id), func.count(HostRow.name.distinct()))
        ).one()
        present = connection.scalar(
            select(func.count(CitationRow.id)).where(CitationRow.gone_run_id.is_(None))
        )
    assert rows == {PageRow: 30, MirrorRow: 8}
    assert hosts == names
    assert present == 30 * 16
    assert list(check_database(database)) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [("a\0b", "a\N{REPLACEMENT CHARACTER}b"), ("a\ud800b", "a?b"), ("石桥\u2028\U0001f309", None)],
)
def test_text_from_anywhere_is_stored(
    stored_history: StoredHistory, written: str, read: str | None
) -> None:
    url = "https://a.example/"
    stored_history.run(START, pages={"a.md": f"<{url}>"})
    with stored_history.database.write() as connection:
        result = stored_history.result(
            connection, 1, START, url, replace(make_judgement(Reason.OK), detail=written)
        )
        request = replace(result.probe.requests[0], headers={"server": written})
        probe = replace(
            result.probe, requests=(request,), evidence=PageEvidence(title=written, text="石桥")
        )
        record_results(connection, [replace(result, probe=probe)], decide)
    with stored_history.database.read() as connection:
        (stored,) = probes_of(connection, stored_history.link_id(url))
        assert connection.scalars(select(LinkRow.detail)).one() == (read or written)
    assert stored.detail == (read or written)
    assert stored.evidence
    assert stored.evidence.text == "石桥"
    assert stored.evidence.title.startswith(written[0])
    assert stored.requests[0].headers["server"][-1] == written[-1]


def test_chinese_text_is_stored_in_utf_8_without_escapes(stored_history: StoredHistory) -> None:
    url = "https://a.example/"
    stored_history.run(START, pages={"a.md": f"<{url}>"})
    with stored_history.database.write() as connection:
        result = stored_history.result(connection, 1, START, url, Reason.OK)
        record_results(
            connection,
            [
                replace(
                    result, probe=replace(result.probe, evidence=PageEvidence(text="桥" * 2_000))
                )
            ],
            decide,
        )
        column = (
            "octet_length(evidence::text)"
            if connection.dialect.name == "postgresql"
            else "length(CAST(evidence AS BLOB))"
        )
        assert (
            connection.exec_driver_sql(f"SELECT {column} FROM probe").scalar_one() < 3 * 2_000 + 50
        )
