"""Control this process: its running time, its end, and threads that do not delay the end.

It knows nothing of jobs. Import the modules directly: the command line measures its start with
`crawler.process.lifetime` before anything else is imported.
"""
