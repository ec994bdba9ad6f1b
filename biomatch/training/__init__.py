"""What makes the files in models/, and their cards."""

from biomatch.training.train import train

__all__ = ["train"]
