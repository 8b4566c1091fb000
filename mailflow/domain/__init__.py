"""The nouns, the errors, and the ports to the outside world; knows nothing but itself."""
