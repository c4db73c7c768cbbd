"""The one way in for messages: checked, judged, redacted, queued."""
