"""Benchmarks of the bureau and its service: load, kills, attacks, tampering, what encryption costs."""
