"""Who writes: company, person, telephone; and which of them are ours."""
