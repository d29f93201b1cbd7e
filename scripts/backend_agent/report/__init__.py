"""The same results as text, JSON, SARIF and Markdown."""
