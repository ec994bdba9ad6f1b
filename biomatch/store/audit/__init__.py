"""The audit tree: leaves in their acts' transactions, what they commit to, checkpoints, proofs, and its verification."""
