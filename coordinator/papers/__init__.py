"""What goes with the work on paper: travellers and labels, as PDF."""
