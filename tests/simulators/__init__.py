"""The two services we cannot run: a CTERA Portal and Scalekit."""
