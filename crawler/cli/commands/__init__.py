"""The commands: one module each, with its options and help text.

A command imports what it does (`crawler.cli.actions`) only when it runs: Scrapy and SQLAlchemy take
longer to load than a wrong option takes to be noticed.
"""
