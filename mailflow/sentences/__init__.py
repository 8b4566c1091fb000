"""What mailflow says to people: English in the code, its Chinese as data in ``zh/`` here."""
