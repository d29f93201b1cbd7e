"""The real client, headless, against a model that is a script: nothing leaves this machine."""
