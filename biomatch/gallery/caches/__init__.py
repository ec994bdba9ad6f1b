"""What a gallery keeps beside its log so that searches are quick, how it is built from the log and held against it."""
