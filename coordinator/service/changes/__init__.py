"""What changes under builds that take weeks."""
