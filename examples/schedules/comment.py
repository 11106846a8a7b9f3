"""Post a comment on the pull request (GitHub) or merge request (GitLab) of a CI job.

    python comment.py FILE

Replaces the comment of an earlier run. FILE is the output of `--format comment` of `holdfast run`
or `holdfast gate`; its first line marks the comment, so that each has one of its own. Only Python's
standard library is needed. Environment: on GitHub GITHUB_TOKEN, and PULL_REQUEST with its number;
on GitLab CITATIONS_COMMENT_TOKEN.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

MARKS = ("<!-- holdfast -->", "<!-- holdfast-gate -->")
SECONDS = 30
MAX_PAGES = 20  # of a hundred comments each


def comment_api() -> tuple[str, dict[str, str], str]:
    """Return the URL of the comments, the request headers, and method and URL for a change."""
    env = os.environ
    if "GITHUB_ACTIONS" in env:
        comments = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/issues"
        headers = {
            "Authorization": f"Bearer {env['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
        }
        return f"{comments}/{env['PULL_REQUEST']}/comments", headers, f"PATCH {comments}/comments"
    project = f"{env['CI_API_V4_URL']}/projects/{env['CI_PROJECT_ID']}"
    notes = f"{project}/merge_requests/{env['CI_MERGE_REQUEST_IID']}/notes"
    return notes, {"PRIVATE-TOKEN": env["CITATIONS_COMMENT_TOKEN"]}, f"PUT {notes}"


def send(method: str, url: str, headers: dict[str, str], body: dict[str, str] | None = None) -> Any:
    """Send a request and return the JSON of its response."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(  # noqa: S310
        url, data, {**headers, "Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
        return json.load(response)


def find_comment(url: str, headers: dict[str, str], mark: str) -> int | None:
    """Return the number of the comment of an earlier run, which begins with the mark."""
    for page in range(1, MAX_PAGES + 1):
        comments = send("GET", f"{url}?per_page=100&page={page}", headers)
        for comment in comments:
            if comment["body"].startswith(mark):
                return int(comment["id"])
        if len(comments) < 100:
            break
    return None


def main() -> None:
    """Post the comment."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    mark = text.partition("\n")[0]
    if mark not in MARKS:
        sys.exit(f"comment.py: {sys.argv[1]} is not a comment: write it with --format comment")
    try:
        url, headers, change = comment_api()
        number = find_comment(url, headers, mark)
        if number is None:
            send("POST", url, headers, {"body": text})
        else:
            method, _, address = change.partition(" ")
            send(method, f"{address}/{number}", headers, {"body": text})
    except KeyError as missing:
        sys.exit(f"comment.py: {missing.args[0]} is not set: set it in the CI job")
    except urllib.error.HTTPError as error:
        sys.exit(f"comment.py: the service responded with {error.code}: check the token")
    except OSError:
        sys.exit("comment.py: cannot connect to the service: try again later")


if __name__ == "__main__":
    main()
