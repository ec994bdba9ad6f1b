"""Turns results into what people read: tables, plots, one page of all, and what changed since an earlier result."""
