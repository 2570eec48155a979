"""Who may do what on AWS: one table, and the roles that the template has from it."""
