"""Enrol, read, change and remove encounters."""
