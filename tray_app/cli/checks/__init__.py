"""What `doctor` looks at: findings in the order in which they are mended."""
