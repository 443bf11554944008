"""Random interleavings of callers, portals, Team Portals and accounts: nobody ever gets what is another's."""
