"""Read and write files safely: bounded reads, atomic replacement, patterns, TOML.

`safe_files` reads files whose names come from outside, `atomic` replaces files, `write_back` writes
changed pages, `gitignore` and `toml` parse text from outside. Import from the modules directly.
"""
