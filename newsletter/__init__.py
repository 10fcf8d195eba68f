"""Mail the day's research papers: load, rank, render, deliver."""

__version__ = "0.1.0"
