"""Searches, verifications and comparisons; pictures of how two prints compare; repeats of past searches."""
