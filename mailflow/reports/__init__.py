"""The managers' reports over closed periods: what the ledger says, its figures, and how they are said."""
