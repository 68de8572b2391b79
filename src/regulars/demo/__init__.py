"""A small shop and its customers: what `regulars demo` plays."""
