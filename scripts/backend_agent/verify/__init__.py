"""Running the verify contract: trust, limits, counts, evidence."""
