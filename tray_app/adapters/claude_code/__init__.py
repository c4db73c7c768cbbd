"""Claude Code's own records on disk: which clients run, and what their transcripts tell. Reads only, never writes."""

from tray_app.adapters.claude_code.records import ClaudeRecords

__all__ = ["ClaudeRecords"]
