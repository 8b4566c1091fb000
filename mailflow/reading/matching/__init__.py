"""The rulebook, and the pipeline that tries its rules on text."""
