"""The command line: options, terminal output, exit codes and the steps that commands are made of.

`main` finds a command. `commands` declares each one's options and help, and imports little, so that
`--help` and wrong options are answered at once. `actions` does what the commands are for; its
modules are imported when a command runs.
"""
