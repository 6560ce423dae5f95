"""What is bought, laid out, packed and sent."""
