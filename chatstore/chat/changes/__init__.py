"""Changes: units of work that are decided and done inside the writer's transaction (`ports.Change`)."""
