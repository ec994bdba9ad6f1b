"""Galleries that are searched to measure: who is planted among whom, what is kept between steps, and the searches."""
