"""The only room that imports cterasdk."""
