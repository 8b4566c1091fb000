"""Duties of the calendar: what is due each month, quarter and year, as data (``rules/duties.yaml``)."""
