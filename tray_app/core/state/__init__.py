"""One frozen picture of the whole app, for every face of it."""
