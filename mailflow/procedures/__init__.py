"""Procedures: what must happen in a case, by whom, until when."""
