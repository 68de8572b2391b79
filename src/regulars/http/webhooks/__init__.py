"""What telephony providers send us."""
