"""Rows: the tables, the log of what is enrolled, prints, searches, kept answers, settings and tokens, and their seals."""
