"""Benchmarks of what reads files: records, images, transactions, slaps; and what damaged ones do."""
