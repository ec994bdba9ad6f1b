"""The network of patches: its pairs, training and export. torch is needed here, as in `training.extractor`."""
