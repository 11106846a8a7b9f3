#!/usr/bin/env bash
# Installs the Holdfast this script lies in, as its lock pins it, into a virtual environment of its own.
#     install.sh FOLDER    then FOLDER/bin/holdfast
set -euo pipefail
source=$(cd -- "$(dirname -- "$0")/../.." && pwd)
python3 -m venv "$1"
"$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$source/requirements.lock"
"$1/bin/pip" install --quiet --disable-pip-version-check --no-deps "$source"
