"""Searches at 10 thousand, 100 thousand and a million passages: what the product adds, and what it finds."""
