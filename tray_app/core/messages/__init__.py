"""What is said to a group: messages, their check, their parts, and what a chat service has to offer."""
