"""``mailflow release``, ``replay``, ``verify``, ``backup``, ``restore``, ``archive rebuild``."""
