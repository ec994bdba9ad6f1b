"""The content of requests and answers, under OSIA's names (ABIS interface 1.6); under ours where OSIA has none."""
