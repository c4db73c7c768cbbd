"""What agents used, and what that comes to by the owner's prices and budgets."""
