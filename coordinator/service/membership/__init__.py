"""Who people are here, how they come in, and how it is known that it is they."""
