"""Run `holdfast` in a process that the tests' warm server forks, in place of a new interpreter.

python -I -S warm_client.py SOCKET ARGUMENTS...    for scripts that tests run; see `warm`
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys


def main() -> None:
    """Send the order with the streams of this process, and end as the command ends."""
    path, *arguments = sys.argv[1:]
    reports, write_reports = os.pipe()
    folder = os.getcwd()  # noqa: PTH109  importing pathlib would take longer than all of this
    order = json.dumps(["crawler", arguments, folder, dict(os.environ)]).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [struct.pack("!I", len(order))], [0, 1, 2, write_reports])
        server.sendall(order)
    os.close(write_reports)
    number = struct.Struct("!i")
    os.read(reports, number.size)  # the process id
    (status,) = number.unpack(os.read(reports, number.size))
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main()
