"""The tree under inspection, read-only: which files there are, their text, and what changed."""
