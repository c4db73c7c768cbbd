"""A second chat service, in three files: the channel, the table with its entry, the test with its strict stand-in."""
