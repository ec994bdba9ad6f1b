"""The minutiae network: its labels, crops, training and export. torch is needed here, and nowhere else."""
