"""Read the source of a page below its markup: bytes, positions, strings, dates and URLs.

All formats use these modules. None of them knows a format or creates a record.
"""
