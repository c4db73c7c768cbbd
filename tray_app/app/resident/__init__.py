"""The resident process: the icon on the main thread, the engine on its own."""
