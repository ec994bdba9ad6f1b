"""Work that takes longer than a request: what was asked for, how far it is, what it works with and what it finds."""
