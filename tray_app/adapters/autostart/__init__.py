"""Starting the app at login: one class for each system, all of one shape, chosen by `entry_of`."""
