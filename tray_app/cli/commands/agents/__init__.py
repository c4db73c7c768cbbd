"""Commands about agents: who may call, what they do and have used."""
