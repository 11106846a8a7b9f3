"""`holdfast`, after some code has changed the process: what only a system in trouble does by itself.

python -m tests.acceptance.patched FILE ARGUMENTS...
"""

from __future__ import annotations

import runpy
import sys

from crawler.cli.main import main

if __name__ == "__main__":
    runpy.run_path(sys.argv.pop(1))
    main(sys.argv[1:])
