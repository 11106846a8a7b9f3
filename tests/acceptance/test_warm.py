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


ENDING = """\
import atexit, sys, tempfile, threading, time, weakref

class Cycle:
    def __init__(self):
        self.own, self.file = self, open(__file__)

atexit.register(print, "at exit")
threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
folder = tempfile.TemporaryDirectory(dir=".", ignore_cleanup_errors=True)
weakref.finalize(folder, print, "finalized")
Cycle()
sys.stdout.write("unfinished line ")
sys.exit({code})
"""


@pytest.mark.parametrize("code", ["0", "None", "300", "-1", "True", "'words'"])
def test_both_end_with_all_that_is_due_at_an_end(folder: Folder, code: str) -> None:
    folder.write("ending.py", ENDING.format(code=code))
    warm, cold = (folder.holdfast(module="ending", warm=warm) for warm in (True, False))
    assert warm.returncode == cold.returncode
    assert sorted(warm.stdout.splitlines()) == sorted(cold.stdout.splitlines())
    assert warm.stdout.startswith("unfinished line thread\n")
    for done in (warm, cold):
        assert "unclosed file" in done.stderr
        assert ("words" in done.stderr) is ("words" in code)
    assert list(folder.path.glob("tmp*")) == []


def test_an_error_and_a_closed_output_end_both_alike(folder: Folder) -> None:
    folder.write("failing.py", "raise OSError('no more')\n")
    folder.write("full.py", "import os, sys\nos.dup2(os.open('/dev/full', 1), 1)\nprint('lost')\n")
    for module, code, words in [("failing", 1, "OSError: no more"), ("full", 120, "No space left")]:
        for warm in (True, False):
            done = folder.holdfast(module=module, warm=warm)
            assert (done.returncode, done.stdout) == (code, "")
            assert words in done.stderr
