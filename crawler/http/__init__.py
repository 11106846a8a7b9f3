"""HTTP: URLs, headers, charsets, redirects, sitemaps, safe name resolution, and a fetch's types.

`charsets`, `headers` and `redirects` parse responses, as bytes or text, and never raise: they
return None or an empty text for invalid input. `FetchRequest` and `FetchResponse` (`fetch`) are
shared by the prober and the clients (`crawler.http.clients`). The package does not use probes,
archives or jobs.

Import from the modules: nothing is imported here, as commands that only read the store need `urls`.
"""
