"""The bodies of requests: forms and JSON, bounded and read into prints and what is said of them."""
