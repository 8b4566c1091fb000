"""What people answer to our mails: sign-off, work in labelled lines, satisfaction, corrections, and what we promise."""
