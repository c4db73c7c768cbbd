"""What a click does, and what the desktop is told beside the menu."""
