"""What each command does after its options were parsed: modules with a function `execute`."""
