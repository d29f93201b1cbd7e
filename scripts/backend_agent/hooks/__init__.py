"""Opt-in hooks of a client: what an agent is about to run, what it has just edited, and whether it may stop."""
