"""Source to facts: once per file, per language. An extractor never judges; a question never parses."""
