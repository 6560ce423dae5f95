"""What the commands of `coordinator.cli` do, one module each."""
