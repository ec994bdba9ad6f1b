"""Search, verify and compare; show how two prints compare; repeat a past search."""
