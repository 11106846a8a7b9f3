"""Where a page that is gone may have moved to: from evidence to proposals. Pure.

The idea, and the hope that about a quarter of broken links can be mended so, are FABLE's (Zhu et al., "Reviving Dead Links on the Web with
FABLE", IMC 2023, https://doi.org/10.1145/3618257.3624832): sites move their pages by rules, which redirects that archives remember and pages
that were found again give away; and whatever is proposed is held against the archived text.
"""
