"""Start the test internet for a person to try things: `python -m tests.web`, until Ctrl-C.

Prints every address with what it does, and a `holdfast.toml` that leads there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys

from crawler.demo.web import ANY

try:
    from tests.web.internet import BLACK_HOLE, DEAF, REFUSING, UNKNOWN_NAME, Internet
except ModuleNotFoundError as error:
    sys.exit(
        f"tests.web needs {error.name}: run make check first, then .venv/bin/python -m tests.web"
    )


def describe(internet: Internet) -> str:
    """Return every host and URL with its behaviour, one a line."""
    lines = [
        f"http://{host}{path.replace(ANY, '/*')}  {behaviour.summary}"
        for host, site in internet.sites.items()
        for path, behaviour in site.items()
    ]
    lines += [f"http://{host}/  connection refused" for host in sorted(REFUSING)]
    lines += [
        f"http://{DEAF}/  connected, then nothing",
        f"http://{BLACK_HOLE}/  no answer to connecting",
        f"http://{UNKNOWN_NAME}/  no such name",
    ]
    return "\n".join(lines)


def configuration(internet: Internet) -> str:
    """Return a `holdfast.toml` for the running test internet. JSON strings are TOML strings."""
    mapping = "\n".join(
        f"{json.dumps(name)} = {json.dumps(address)}"
        for name, address in internet.connect_to().items()
    )
    return f"[network]\nca_file = {json.dumps(str(internet.ca_file))}\n\n[network.connect_to]\n{mapping}\n"


async def main() -> None:
    async with Internet() as internet:
        sys.stdout.write(
            f"{describe(internet)}\n\n# holdfast.toml\n{configuration(internet)}\n"
            "To use it, write the lines below '# holdfast.toml' into a file of that name, and cite "
            "the addresses above. Ctrl-C ends it.\n"
        )
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
