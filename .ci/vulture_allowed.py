# ruff: noqa: B018, F821, SLF001
"""Names that vulture takes for unused, with the reason why each of them is used.

`make check` runs vulture over the product code and this file. Tests do not count as use.
"""

# Scrapy calls or loads these by name (crawler/settings.py).
HoldfastAddon
_.update_settings
ContactUserAgentMiddleware
IsolationMiddleware
RequestCounter
BoundedRobotParser
_.process_request
_.process_response
_.process_spider_exception
_.process_item
_.close_spider
_.download_request
_.lazy
PagePipeline
HistoryPipeline
ArchivePipeline
MovesAndDriftPipeline
PartsPipeline
MonitoringPipeline
ItemCounter
ImmediateDownloader
SlimCoreStats
ProbeDownloadHandler

# reports.formats imports these by name.
Html
Markdown
Json
JsonLines
Csv
JUnit
Manifest
Sarif
GitHub
Atom
Comment
Manifest
BibTeX
Csl

# requests and waybackpy call these.
_.get_redirect_target
resp
_.trust_env
_.get_save_request_headers
_.archive_url_parser

# click, rich, logging and http.server call or read these.
_.on_broken_pipe
_.asctime
_.exc_text
_.list_commands
_.get_command
_.format_commands
_.address_family
_.handle_error
client_address
_.translate_path
_.list_directory
_.log_message

# procrastinate calls these.
_.close_async
_.execute_query_async
_.execute_query_one_async
_.execute_query_all_async
_.job_manager

# asyncio's protocols and executors, aiohttp and dnspython call or read these.
_.pause_writing
_.resume_writing
_.get_buffer
_.buffer_updated
_.eof_received
_._factory
_._retry_connection
_.lifetime
cancel_futures

# zipfile and warcio read or call these.
_.compress_type
_.compute_headers_buffer
header_filter
_.headers_buff

# SQLAlchemy reads or calls these.
_.inherit_cache
_.impl
_.cache_ok
_.load_dialect_impl
_.process_bind_param
_.isolation_level
_.type_annotation_map
searched_at  # read by name, see `retry_delays`

# jinja2 reads or calls these.
_.tooltip
_.trend
_.working
OVERVIEW_STATUS_LABELS
_.globals
_.__call__

# crawler.pages.registry imports these by name.
CanvasReader
DokuwikiReader
NotebookReader

# The standard library's JSON decoder reads these.
_.parse_string
_.scan_once

# The test internet (tests/web) is built from the demo's web and archive.
OVERLOADED
ERROR_PAGE
EMPTY
EXPECTED
EXPECTED_MIRRORS
rate_limited
_.peak_requests
meta_refresh
with_cookie
https_only
run_in_thread
_.drift_seconds  # a column, written by its name
_.received_at  # read by the tests of the demo archive
_.request_queue_size  # of socketserver, which listens with it
_.__init_subclass__  # Python calls it for each subclass

# Python calls it for exceptions that cannot be raised (crawler/__main__.py).
_.unraisablehook
