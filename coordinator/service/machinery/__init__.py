"""Labs and machines: what there is, what it is loaded with, what keeps it from work, what is asked of it."""
