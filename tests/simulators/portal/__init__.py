"""A CTERA Portal as the SDK sees it, in one process on loopback, with knobs for everything that can go wrong."""
