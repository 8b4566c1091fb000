"""The managers' summary: what happened in a period, and the mail that says it."""
