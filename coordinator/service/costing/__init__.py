"""What builds cost, who gives what for them, and what is saved by sharing; nothing here moves money."""
