"""Surveys of customers' satisfaction: questionnaires, who is asked, what was answered, what it says."""
