"""Measuring a deployment on questions of one's own: what is found, what is cited, what is refused."""
