"""From an upload to searchable passages: the library people use, and the workers behind it."""
