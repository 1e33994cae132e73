"""One trace in the terminal: as a tree of its runs, or on a time line."""
