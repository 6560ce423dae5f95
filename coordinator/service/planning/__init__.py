"""Plans beside the service: when they are wanted, made, told of, and tried out."""
