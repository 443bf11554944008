"""System checks of the oauth app."""
