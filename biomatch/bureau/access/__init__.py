"""Access to a gallery: tokens and their quotas, and the page's visitors with their sessions."""
