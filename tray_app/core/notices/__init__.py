"""What people are told by themselves, and when."""
