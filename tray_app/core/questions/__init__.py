"""What an agent asks its person in the terminal, and may hear from elsewhere."""
