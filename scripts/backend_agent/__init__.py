"""What the scripts of this skill are made of, in the order in which data flows."""
