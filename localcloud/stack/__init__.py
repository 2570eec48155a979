"""The ground the local cloud stands on: MiniStack, the functions' host, and the template's deployment."""
