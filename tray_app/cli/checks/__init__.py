"""What `doctor` looks at: one file per thing, each giving findings in the order in which they are mended."""
