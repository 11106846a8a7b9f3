"""Run `holdfast` after a file of code has changed its process, to imitate a failing system.

python -m tests.acceptance.patched FILE ARGUMENTS...
"""

from __future__ import annotations

import runpy
import sys

from crawler.cli.main import main

if __name__ == "__main__":
    runpy.run_path(sys.argv.pop(1))
    main(sys.argv[1:])
