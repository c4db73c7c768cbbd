"""The icon and menu on each desktop: D-Bus on Linux, pystray's Windows and macOS icons with their traps closed."""
