"""The work of the commands: each module has a function `execute`, whose parameters are options."""
