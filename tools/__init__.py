"""What can be done, and on which portal."""
