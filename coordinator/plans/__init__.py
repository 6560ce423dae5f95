"""From a design to a plan: what has to be made, which machines could, when each does."""
