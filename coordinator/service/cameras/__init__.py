"""What cameras see of machines."""
