"""Word forms: filling them, and compiling them once."""
