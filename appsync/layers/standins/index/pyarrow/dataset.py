"""Stands in for Arrow's datasets, files in folders and buckets, which nobody here has.

LanceDB asks whether what it is given is one of them, and derives adapters for other programs from them.
"""


class Dataset:
    """Never made."""


class Scanner:
    """Never made."""
