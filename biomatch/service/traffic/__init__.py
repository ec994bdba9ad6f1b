"""The traffic before any route sees it: connections and requests, and how much of both."""
