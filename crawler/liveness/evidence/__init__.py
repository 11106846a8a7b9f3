"""Extract from a response's body what the rules need: text, metadata, structure, markers."""
