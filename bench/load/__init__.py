"""Load, on paper and by simulation: what saturates first, and what back-pressure then does."""
