"""The page: its file, its numbers, and how it is used; in a headless Chromium where there is one."""
