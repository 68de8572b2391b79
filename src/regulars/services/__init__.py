"""Transaction scripts: load, decide, write, enqueue. Neither HTTP nor SQL in here."""
