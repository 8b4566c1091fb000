"""How sure we are of a mail's sender, on what evidence, and what that allows.  Pure."""
