"""Run the commands after their options were parsed: modules with a function `execute`."""
