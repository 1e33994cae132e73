"""Text complexity."""
