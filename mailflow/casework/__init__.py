"""Casework: how a case goes on by its procedure, from its first task to its closing."""
