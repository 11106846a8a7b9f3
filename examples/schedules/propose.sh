#!/usr/bin/env bash
# Propose the changes of `holdfast fix` as a pull request (GitHub, with GH_TOKEN) or a merge request
# (GitLab, by push options).
#     propose.sh [PAGES…]
# The patch is one commit on the branch holdfast-patch, or $CITATIONS_PATCH_BRANCH, of the remote origin; the
# branch is replaced when the patch changes. Nothing is pushed if there is nothing to fix, or it is proposed already.
set -euo pipefail
branch=${CITATIONS_PATCH_BRANCH:-holdfast-patch}
base=${GITHUB_REF_NAME:-${CI_COMMIT_REF_NAME:-main}}
title="Replace broken citations by archive copies"
body="Found by holdfast run, verified by holdfast fix. docs/fix.md of Holdfast lists what it changes and what it never changes."

holdfast fix --write "$@"
if git diff --quiet; then
    echo "propose.sh: nothing to fix" >&2
    exit 0
fi
if git fetch --quiet --depth 2 origin "refs/heads/$branch" 2>/dev/null &&
    [ "$(git rev-parse FETCH_HEAD^)" = "$(git rev-parse HEAD)" ] && git diff --quiet FETCH_HEAD; then
    echo "propose.sh: already proposed on $branch" >&2
    git checkout --quiet -- .
    exit 0
fi
git add --update
commit=$(git -c user.name=holdfast -c user.email=holdfast@localhost commit-tree "$(git write-tree)" -p HEAD -m "$title")
git reset --quiet --hard # restore the work tree
if [ -n "${GITLAB_CI:-}" ]; then
    git push --quiet --force -o merge_request.create -o merge_request.target="$base" -o merge_request.title="$title" \
        -o merge_request.remove_source_branch origin "$commit:refs/heads/$branch"
else
    git push --quiet --force origin "$commit:refs/heads/$branch"
fi
if [ -n "${GITHUB_ACTIONS:-}" ] && [ -z "$(gh pr list --head "$branch" --state open --json number --jq '.[].number')" ]; then
    gh pr create --head "$branch" --base "$base" --title "$title" --body "$body"
fi
