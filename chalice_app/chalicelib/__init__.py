"""Riffle's core: documents, retrieval and answers behind a few thin Lambda entry points."""
