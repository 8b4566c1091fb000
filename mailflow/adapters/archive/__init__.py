"""The customers' archives: folders of files people open, and TinyDB lists of what is in them."""
