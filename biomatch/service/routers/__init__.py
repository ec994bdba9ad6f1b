"""One file a resource; a route is a use case of the bureau, and nothing else."""
