"""A strict stand-in for DingTalk's robots: enforces the contract, sends nothing on."""
