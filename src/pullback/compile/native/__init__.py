"""Machine code on this machine: its features, code generation, loading, the object cache, the team of threads."""
