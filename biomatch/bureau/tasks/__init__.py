"""Work that takes longer than a request: it is begun, watched and cancelled here, and done step by step by a worker."""
