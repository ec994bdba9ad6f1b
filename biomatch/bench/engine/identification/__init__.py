"""The benchmark of one among many: how well and how fast a mate is found, as the gallery grows.

plan.py                  what is measured at each size
run.py, steps.py         the benchmark; its steps at one size, each of which leaves a table
tables.py, groups.py     what a table holds; which trials belong together
figures.py, left_off.py  from tables to figures: times, room and errors; who is left off the list
"""

from biomatch.bench.engine.identification.plan import FOLDS, LARGE, NAME, SETS, Plan, name_of, opening, prints_in
from biomatch.bench.engine.identification.run import measure, measure_folds

__all__ = ["FOLDS", "LARGE", "NAME", "SETS", "Plan", "measure", "measure_folds", "name_of", "opening", "prints_in"]
