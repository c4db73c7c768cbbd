"""Claude Code's own records on disk: which clients run, and what their transcripts tell. Reads only, never writes."""
