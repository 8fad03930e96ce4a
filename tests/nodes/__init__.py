"""Several nodes over one PostgreSQL server, in processes of their own, while all of it is broken on purpose."""
