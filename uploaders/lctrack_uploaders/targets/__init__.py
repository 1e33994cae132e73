"""The targets: a module or package for each, found by name through `lctrack_uploaders.registry`."""
