"""Functions about the running process and its installed packages, independent of jobs.

They measure its running time, end it on time, run calls in threads that do not delay its end, and
find installed versions and plug-ins. Import the modules directly: the command line imports
`crawler.process.lifetime` before all others, to measure the time from the start.
"""
