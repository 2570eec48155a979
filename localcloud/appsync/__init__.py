"""A local AppSync endpoint: the schema, template and resolver code that deploy, for unmodified clients."""
