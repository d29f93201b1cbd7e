"""Manifests to services; stack.yaml and its verify contract."""
