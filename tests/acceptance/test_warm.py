"""Test that a command in a forked process behaves as one in a new interpreter."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.acceptance.folder import Done, Folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="commands are forked on Linux only")


def what_is_seen(done: Done) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["--version"], None),
        (["stauts"], None),
        (["status"], None),
        (["scan", "--format", "jsonl", "page.md"], None),
        (["check", "--deadline", "1s", "http://石桥.example/"], None),
        (["check", "-"], b"file:///etc/passwd\n"),
    ],
    ids=["version", "unknown command", "no database", "page", "configuration", "standard input"],
)
def test_codes_and_words_are_the_same(
    folder: Folder, arguments: list[str], stdin: bytes | None
) -> None:
    folder.write("page.md", "见 <http://石桥.example/>\n")
    folder.write("holdfast.toml", "[network]\nprxy = 1\n" if "--deadline" in arguments else "")
    warm = folder.holdfast(*arguments, stdin=stdin)
    assert what_is_seen(warm) == what_is_seen(folder.holdfast(*arguments, stdin=stdin, warm=False))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["SIGINT", "SIGKILL"])
def test_signals_end_both_the_same_way(folder: Folder, number: signal.Signals) -> None:
    codes = []
    folder.write("page.md", "<http://a.example/>\n")
    assert folder.holdfast("scan", "page.md").returncode == 0
    for warm in (True, False):
        serving = folder.start("serve", "--port", "0", warm=warm)
        assert serving.stderr is not None
        assert serving.stderr.readline().startswith("http://")
        serving.send_signal(number)
        codes.append((serving.wait(timeout=60), serving.poll()))
    assert codes[0] == codes[1]


def test_a_module_of_another_name_in_the_folder_is_found(folder: Folder) -> None:
    folder.write(
        "greeting.py", "import sys\nprint('hello', *sys.argv[1:], __name__)\nsys.exit(7)\n"
    )
    for warm in (True, False):
        done = folder.holdfast("you", module="greeting", warm=warm)
        assert what_is_seen(done) == (7, "hello you __main__\n", "")
