"""Write to the terminal: messages, warnings, progress, tables, times and the log."""
