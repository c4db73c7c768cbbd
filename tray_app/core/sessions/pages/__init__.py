"""What the pages about sessions show, and the files that are made of it."""
