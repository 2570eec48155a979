"""What an AppSync endpoint must do, one coded check per rule, for any endpoint by its address."""
