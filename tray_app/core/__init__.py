"""Pure rules: no I/O, no clock, no thread. Time comes in as integer milliseconds."""
