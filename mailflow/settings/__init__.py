"""The configuration, and reading what people write in YAML with the line of every mistake."""
