"""Probing: the web asked, host by host, politely and safely; every request recorded for the judgement."""
