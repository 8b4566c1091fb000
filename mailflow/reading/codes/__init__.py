"""Order and batch numbers."""
