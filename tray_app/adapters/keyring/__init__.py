"""The OS keyring as the app's vault."""
