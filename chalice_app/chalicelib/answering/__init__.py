"""Asking and answering: accepting questions, and the worker that retrieves, prompts, streams and cites."""
