"""Code beside the app, which Chalice packages with it."""

ANSWER = "well"
