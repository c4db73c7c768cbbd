"""What running sessions do now: what comes in about them, what they tell, how they are shown in a line."""
