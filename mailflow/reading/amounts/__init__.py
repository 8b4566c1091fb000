"""How many, and how much money."""
