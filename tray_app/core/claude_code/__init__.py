"""What Claude Code's hooks and transcripts say, read strictly."""
