"""Starts, watches and stops everything that `make dev` runs."""


class CannotStart(Exception):
    """Something on this machine is in the way; the message is a sentence that says what to do about it."""
