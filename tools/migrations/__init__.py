"""Database history of the portal room."""
