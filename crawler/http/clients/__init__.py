"""HTTP clients: each sends a single request and reads the beginning of its response.

`open_clients` opens the pair that probes use, a fast client (reqwest) and a lenient one (aiohttp).
`WireRecorder` records exchanges byte for byte. All resolve hosts through
`crawler.http.safe_resolver` and receive within `crawler.http.wire`'s bounds. Import from the
modules, because each imports a library that takes long to import.
"""
