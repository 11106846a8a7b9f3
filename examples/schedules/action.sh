#!/usr/bin/env bash
# Run Holdfast as a step of action.yml: check the links, write the reports, annotate and summarize.
#     action.sh    reads PAGES, MODE, FAIL_ON, GATE, DEADLINE and LOOKUPS, and the variables of GitHub Actions
# The exit code is kept as the step's output exit-code, so that later steps can save the history.
set -euo pipefail
mode=${MODE:-auto}
if [ "$mode" = auto ]; then
    mode=full
    [ "${GITHUB_EVENT_NAME:-}" != pull_request ] || mode=changed
fi
read -r -d '' -a pages <<<"${PAGES:-}" || true
reports=$RUNNER_TEMP/holdfast-report
mkdir -p "$reports"
formats=html,markdown,jsonl,sarif,comment,github
options=(--no-progress --format "$formats" --output "$reports" --fail-on "${FAIL_ON:-new-broken}")

if [ "$mode" = changed ] || [ "${GITHUB_EVENT_NAME:-}" = pull_request ]; then
    base=${GITHUB_BASE_REF:?action.sh: mode changed needs a pull request}
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
        git fetch --quiet --unshallow origin # for the merge base
    fi
    git fetch --quiet origin "+refs/heads/$base:refs/remotes/origin/$base"
    # Use the configuration of the target branch, not of the pull request.
    for file in holdfast.toml pyproject.toml; do
        git checkout --quiet "origin/$base" -- "$file" 2>/dev/null || rm -f "$file"
    done
fi

case $mode in
full)
    command=run
    options+=(--deadline "${DEADLINE:-5h}" --lookups "${LOOKUPS:-1000}")
    ;;
changed)
    command=run
    options+=(--changed-since "origin/$base" --deadline "${DEADLINE:-20m}" --lookups "${LOOKUPS:-0}")
    ;;
once)
    command=check
    [ "${FAIL_ON:-new-broken}" != new-broken ] || options+=(--fail-on any)
    options+=(--once --deadline "${DEADLINE:-5h}")
    ;;
*)
    echo "action.sh: unknown mode '$mode': use auto, full, changed or once" >&2
    exit 3
    ;;
esac

code=0
holdfast "$command" ${pages[@]+"${pages[@]}"} "${options[@]}" || code=$?
gate=${GATE:-warn}
if [ "$mode" = changed ] && [ "$gate" != off ]; then
    gate_code=0
    gate_options=(--no-progress --changed-since "origin/$base" --mode "$gate" --when-undecided pass)
    gate_options+=(--format github,comment,patch --output "$reports")
    holdfast gate ${pages[@]+"${pages[@]}"} "${gate_options[@]}" || gate_code=$?
    [ "$code" -ne 0 ] || code=$gate_code
fi
{
    echo "mode=$mode"
    echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"
if [ -f "$reports/report.md" ]; then
    echo "reports=$reports" >>"$GITHUB_OUTPUT"
    summary=$reports/report.md
    [ "$mode" != changed ] || summary=$reports/report.comment.md
    head -c 900000 "$summary" >>"$GITHUB_STEP_SUMMARY" # the service takes 1 MiB
    cat "$reports/report.github.txt"                   # annotations
fi
if [ -f "$reports/gate.comment.md" ]; then
    cat "$reports/gate.comment.md" >>"$GITHUB_STEP_SUMMARY"
    cat "$reports/gate.github.txt"
fi
