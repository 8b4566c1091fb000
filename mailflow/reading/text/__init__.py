"""Text cut into what it is made of: clauses, tables, rows, numerals."""
