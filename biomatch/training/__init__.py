"""Makes the files in models/, and their cards."""

from biomatch.training.folds import train_folds
from biomatch.training.network import NetworkParams, train_network
from biomatch.training.steps import train

__all__ = ["NetworkParams", "train", "train_folds", "train_network"]
