"""Looking after what is stored: make the archive anew, verify everything, back up while running, restore."""
