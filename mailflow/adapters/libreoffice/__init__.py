"""LibreOffice, where the machine has it: Word records as PDF and as pictures."""
