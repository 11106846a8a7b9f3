#!/usr/bin/env bash
# Install the Holdfast of this checkout with its locked dependencies into a new virtual environment.
#     install.sh FOLDER    then FOLDER/bin/holdfast
set -euo pipefail
source=$(cd -- "$(dirname -- "$0")/../.." && pwd)
python3 -m venv "$1"
"$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$source/requirements.lock"
"$1/bin/pip" install --quiet --disable-pip-version-check --no-deps "$source"
