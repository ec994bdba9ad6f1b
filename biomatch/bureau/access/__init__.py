"""Decide who may come in: tokens and their quotas, and the page's visitors with their sessions."""
