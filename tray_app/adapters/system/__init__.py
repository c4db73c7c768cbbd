"""The system around the app: folders, clock, desktop, log, processes."""
