"""Benchmarks: one module a question, one JSON file an answer, plots drawn from it, and one page of all of them.

`frame.Run` keeps what a repeat needs; `biomatch bench` runs the modules; docs/benchmarks.md says how to read the figures.
"""
