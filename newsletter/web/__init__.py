"""What is seen in a browser: the local preview."""
