"""Benchmarks of the engine: extraction, comparison, one among many, and the rates that it states."""
