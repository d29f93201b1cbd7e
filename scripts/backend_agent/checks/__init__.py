"""Questions asked of the model, one file per topic."""
