"""A package, because some of the libraries that are tested against install one of this name, and the first one wins."""
