"""The command `lctrack`: looks after log files. Recording does not import it."""
