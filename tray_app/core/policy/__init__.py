"""What an agent may do: the owner's rules, and how a call is decided by them."""
