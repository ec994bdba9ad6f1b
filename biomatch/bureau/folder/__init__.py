"""A gallery's open folder: one process holds its lock, and answers the commands of others at a door."""
