"""pystray's icons on Windows and macOS, with their traps closed."""
