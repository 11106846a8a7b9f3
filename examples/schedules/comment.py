"""Puts a comment on the pull request (GitHub) or merge request (GitLab) a CI job is about, in place of the one it put there before.

    python comment.py FILE

FILE is what `holdfast run --format comment` wrote; its first line is the mark an earlier comment is found by. Python's own library is enough.
GitHub: GITHUB_TOKEN, and PULL_REQUEST with its number. GitLab: CITATIONS_COMMENT_TOKEN. All else both services set themselves.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

MARK = "<!-- holdfast -->"
SECONDS = 30
MOST_PAGES = 20  # of a hundred comments each


def service() -> tuple[str, dict[str, str], str]:
    """Where comments are listed and made, what a request says of us, and how one is changed."""
    env = os.environ
    if "GITHUB_ACTIONS" in env:
        comments = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/issues"
        headers = {
            "Authorization": f"Bearer {env['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
        }
        return f"{comments}/{env['PULL_REQUEST']}/comments", headers, f"PATCH {comments}/comments"
    notes = f"{env['CI_API_V4_URL']}/projects/{env['CI_PROJECT_ID']}/merge_requests/{env['CI_MERGE_REQUEST_IID']}/notes"
    return notes, {"PRIVATE-TOKEN": env["CITATIONS_COMMENT_TOKEN"]}, f"PUT {notes}"


def ask(method: str, url: str, headers: dict[str, str], body: dict[str, str] | None = None) -> Any:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(
        url, data, {**headers, "Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        return json.load(answer)


def earlier(url: str, headers: dict[str, str]) -> int | None:
    """The number of our earlier comment."""
    for page in range(1, MOST_PAGES + 1):
        comments = ask("GET", f"{url}?per_page=100&page={page}", headers)
        for comment in comments:
            if comment["body"].startswith(MARK):
                return int(comment["id"])
        if len(comments) < 100:
            break
    return None


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    if not text.startswith(MARK):
        sys.exit(f"comment.py: {sys.argv[1]} was not written by --format comment")
    try:
        url, headers, change = service()
        number = earlier(url, headers)
        if number is None:
            ask("POST", url, headers, {"body": text})
        else:
            method, _, address = change.partition(" ")
            ask(method, f"{address}/{number}", headers, {"body": text})
    except KeyError as missing:
        sys.exit(f"comment.py: {missing.args[0]} is not set")
    except urllib.error.HTTPError as error:
        sys.exit(f"comment.py: the service answered {error.code}")
    except OSError:
        sys.exit("comment.py: the service could not be reached")


if __name__ == "__main__":
    main()
