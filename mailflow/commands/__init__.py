"""The commands of the command line, by what people want: set up, work, read, look, keep."""
