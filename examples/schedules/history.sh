#!/usr/bin/env bash
# Store the database on its own branch between CI jobs: one commit without a parent, one compressed export.
#     history.sh load    before the run: branch -> empty database
#     history.sh save    after it: database -> branch
# The work tree is not changed. The branch is holdfast-history, or $CITATIONS_BRANCH; the remote is origin.
set -euo pipefail
branch=${CITATIONS_BRANCH:-holdfast-history}

case ${1:-} in
load)
    found=0
    git ls-remote --exit-code --heads origin "refs/heads/$branch" >/dev/null || found=$?
    if [ "$found" -eq 2 ]; then # the remote has no such branch
        echo "history.sh: no branch $branch: starting a new history" >&2
        exit 0
    fi
    [ "$found" -eq 0 ] # fail if the remote does not respond: an empty history would replace the stored one
    git fetch --quiet --depth 1 origin "refs/heads/$branch"
    git cat-file blob FETCH_HEAD:history.jsonl.gz | gunzip | holdfast db import -
    ;;
save)
    file=$(mktemp)
    trap 'rm -f "$file"' EXIT
    holdfast db export - | gzip -n9 >"$file"
    blob=$(git hash-object -w "$file")
    tree=$(printf '100644 blob %s\thistory.jsonl.gz\n' "$blob" | git mktree)
    commit=$(git -c user.name=holdfast -c user.email=holdfast@localhost commit-tree "$tree" -m "History of $(date -u +%F)")
    git push --quiet --force origin "$commit:refs/heads/$branch"
    ;;
*)
    echo "usage: history.sh load|save" >&2
    exit 3
    ;;
esac
