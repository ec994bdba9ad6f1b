"""Caches that a gallery keeps beside its log to make searches quick: how they are built from the log and checked against it."""
