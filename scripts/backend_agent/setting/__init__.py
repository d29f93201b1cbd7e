"""A project's stack written down: its manifest, its facts, and the best pieces of its own code."""
