"""What makes the files in models/, and their cards."""

from biomatch.training.steps import train

__all__ = ["train"]
