"""Who may do what, how fast, and for how long: pure questions, and the policy that the administrator set."""
