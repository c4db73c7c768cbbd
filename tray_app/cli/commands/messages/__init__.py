"""Commands about messages and the robots that they go to."""
