"""Mail as servers and programs of the world write it, and those servers themselves."""
