"""The command line: options, terminal output, exit codes and the steps that commands are made of.

`main` finds a command. `commands` declares the options and the help of each command and imports
little, so that `--help` and errors in options appear at once. `actions` implements the commands;
its modules are imported when a command runs. `terminal` writes to the terminal; `steps`, `pages`,
`fix`, `gate` and `report` have what several commands share.
"""
