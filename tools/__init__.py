"""What those who change mailflow run by hand; none of it is part of the installed package."""
