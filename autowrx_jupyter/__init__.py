"""AutoWRX for Jupyter: vehicle apps written, run and watched in a notebook."""
