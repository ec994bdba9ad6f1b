"""Work that takes longer than a request: the request, its progress, its inputs and its findings."""
