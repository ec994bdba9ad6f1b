"""What requests and answers hold, under OSIA's names (ABIS interface 1.6); ours beside them where OSIA has none."""
