"""The commands: one module each, with its options and help text.

A command imports its action (`crawler.cli.actions`) only when it runs, so that help texts and
errors in options do not wait for the import of Scrapy and SQLAlchemy.
"""
