"""Who belongs to a customer, how that is proven, and to whom something is told."""
