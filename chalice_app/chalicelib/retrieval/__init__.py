"""Finding passages: the index that holds them, and hybrid search over it."""
