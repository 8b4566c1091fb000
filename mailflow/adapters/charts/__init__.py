"""Charts of reports as pictures, drawn by matplotlib in a child process that ends."""
