"""Days, times and spans, and which of them are deadlines or the day it happened."""
