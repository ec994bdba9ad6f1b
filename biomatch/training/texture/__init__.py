"""The network that paints synthetic prints as real sensors show skin."""
