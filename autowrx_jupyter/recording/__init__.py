"""Recordings: a drive as data, kept and played back."""
