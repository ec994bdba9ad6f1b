"""Open a gallery's folder: one process holds its lock, and answers the commands of others at a door."""
