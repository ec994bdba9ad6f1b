"""Keys: one a person, wrapped by a master key that may be changed while a gallery is served."""
