"""The GraphQL API: Strawberry types and fields by subject, and the bridge from AppSync's events to them."""
