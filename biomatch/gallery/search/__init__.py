"""A search: stages, second look, comparison of the best, one score a person, the ranked list and what it means."""
