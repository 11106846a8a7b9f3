"""Decide how politely each host is requested: rules, rate limits, robots.txt, URL filters.

The unit is the slot, as in Scrapy: one host, or all hosts of one archive. Nothing here sends a
request; `crawler.probing.session` applies these decisions. Import from the modules directly.
"""
