"""Commands about what agents may do: the policy, and what waits for the owner."""
