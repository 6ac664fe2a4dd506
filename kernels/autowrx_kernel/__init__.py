"""The Vehicle kernel: notebook cells that run on a runtime kit."""
