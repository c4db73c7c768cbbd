"""The menu of the tray, built from one snapshot."""
