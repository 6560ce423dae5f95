"""What is reached outside: webhooks, mail, and addresses that strangers name."""
