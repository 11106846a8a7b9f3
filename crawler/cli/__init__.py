"""The command line: one module a command. Wiring, words on the screen and exit codes; no logic."""
