"""The kept messages: how they are asked for, and how they leave."""
