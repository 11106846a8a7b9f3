"""Detect the generator that publishes a wiki, and read in its settings what links depend on."""
