"""What people look at afterwards: doubts, changes, examples for rules, a second opinion."""
