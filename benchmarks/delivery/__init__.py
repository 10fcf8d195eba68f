"""Delivery at full speed, beside other clients: `python -m benchmarks.delivery`."""
