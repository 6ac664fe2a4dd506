"""The Jupyter server extension: kit hub and REST API."""
