"""Measurements: each prints its figures with the conditions they were taken under."""
