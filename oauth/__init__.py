"""Who may call what: tokens, policy, evidence."""
