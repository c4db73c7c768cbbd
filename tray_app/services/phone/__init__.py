"""The owner's phone: told of what waits, heard when it answers; through an app robot, one to one."""
