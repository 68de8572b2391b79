"""PostgreSQL: the pool, named SQL in files, one module a noun. Only this package speaks to the database."""
