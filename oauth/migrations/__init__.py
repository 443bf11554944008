"""Database history of the access room."""
