"""The comparison with PyTorch: run by `make parity`, skipped where torch is not installed."""
