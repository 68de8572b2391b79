"""The wire: decode, authorise, encode (contract §1)."""
