"""JSON as text: where its values stand, edits that leave the rest alone, and what differs."""
