"""Scans and photographs of signed records: their pages, and the codes on them."""
