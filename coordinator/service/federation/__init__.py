"""Other networks: what is public here as signed documents, and what neighbours say, by HTTPS or on a stick."""
