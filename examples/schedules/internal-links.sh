#!/usr/bin/env bash
# Fails, and names them, if links within the wiki lead nowhere. Arguments: the pages, all of them. No network, no database.
set -euo pipefail
links=$(holdfast scan --internal "$@")
if grep -v '"broken": null' <<<"$links" | grep .; then
    exit 1
fi
