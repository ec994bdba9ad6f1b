"""From results to what people read: tables, plots, the page of all of them, and what changed since an earlier result."""
