"""What it is about: products and their models."""
