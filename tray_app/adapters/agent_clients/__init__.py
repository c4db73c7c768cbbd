"""Other programs with agents in them: their settings, changed and taken back, and what their own commands say."""
