"""Judge what an archive shows at the URL of a copy: the cited page, or a notice, an error, ..."""
