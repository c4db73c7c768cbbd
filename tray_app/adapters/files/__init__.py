"""The app's own files on disk, read and replaced whole."""
