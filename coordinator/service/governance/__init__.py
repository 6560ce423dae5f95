"""What people decide together: proposals and what they bring about, the network's code, observed facts, forks."""
