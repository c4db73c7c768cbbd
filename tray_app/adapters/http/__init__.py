"""HTTP to the chat service."""
