"""Write the result of `holdfast gate` to standard output, a file or a folder.

A gate checks the citations that a change to the wiki adds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.fix.patch_output import print_patch
from crawler.cli.output_file import (
    names_file,
    require_folder,
    why_not_writable_output,
    write_file,
)
from crawler.cli.report.output import is_stdout
from crawler.cli.terminal.console import TerminalOutput
from reports.gate import GateResult
from reports.gate.formats import GateFormat, file_name, render_gate
from reports.i18n import Translator


def require_gate_output(formats: Sequence[GateFormat], output: Path | None) -> None:
    """Check that the formats can be written, before minutes are spent on checks.

    Args:
        formats: The formats.
        output: A folder, or a file for one format; None or `-` for standard output (one format).

    Raises:
        CommandFailed: They cannot be written there.
    """
    if output is None or is_stdout(output):
        if len(formats) > 1:
            raise CommandFailed("several formats need a folder: use --output FOLDER")
        return
    require_folder(output, [file_name(name) for name in formats])
    # "FOLDER: what is wrong", or ""
    if place_and_problem := why_not_writable_output(output, formats=len(formats)):
        raise CommandFailed(f"cannot write to {place_and_problem}: choose another --output")


def write_gate(
    result: GateResult,
    formats: Sequence[GateFormat],
    output: Path | None,
    translate: Translator,
    terminal: TerminalOutput,
) -> None:
    """Write a result in each format.

    Args:
        result: The result.
        formats: The formats.
        output: A folder, a file or standard output, see `require_gate_output`.
        translate: Translates the formats for people.
        terminal: Where the names of the files are printed.

    Raises:
        CommandFailed: A file cannot be written.
    """
    for name in formats:
        content = render_gate(result, name, translate)
        if output is None or is_stdout(output):
            if name is GateFormat.PATCH:
                print_patch(content)
            else:
                sys.stdout.write(content.decode())
                sys.stdout.flush()
            continue
        # --output is the name of the file itself, or of the folder for a file of each format.
        is_file = names_file(output, formats=len(formats))
        path = write_file(output if is_file else output / file_name(name), [content])
        terminal.note(f"written: {path}")
