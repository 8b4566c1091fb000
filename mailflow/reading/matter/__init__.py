"""What a mail is about: its kind, how grave it is, what is wrong, what is asked for."""
