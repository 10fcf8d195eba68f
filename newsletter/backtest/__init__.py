"""What a formula would have found: past mornings, ranked by what was known then.

Predicting a paper's later votes from what is known when an edition leaves is the one test
that votes allow; how much readers liked an edition, nobody recorded.
"""
