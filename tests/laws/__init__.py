"""The laws that every operator keeps: cases from the registry, the checks, and what bounds their rounding errors."""
