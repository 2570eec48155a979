"""The commands of `riffle`, by subject: each is a few lines over `AsyncClient`."""
