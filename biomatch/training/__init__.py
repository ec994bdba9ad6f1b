"""What makes the files in models/, and their cards."""

from biomatch.training.network import train_network
from biomatch.training.steps import train

__all__ = ["train", "train_network"]
