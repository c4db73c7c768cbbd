"""Commands about the app itself: start and stop it, see how it is."""
