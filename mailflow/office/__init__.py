"""The company: its people and who stands in, its working time, files in force while they are edited."""
