"""Tool calls of agents: who answers which, and by what rules."""
