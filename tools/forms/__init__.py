"""Draws the shipped Word forms and their sidecars into ``templates/``: ``python -m tools.forms.build_forms``."""
