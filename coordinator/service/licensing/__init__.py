"""Licences that act: what is asked of a lab before it accepts work, who permits it, what goes with the pieces."""
