"""Real and not so real servers on loopback, for tests, benches and demos: context managers without pytest."""
