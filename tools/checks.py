"""System checks of the tools app: the catalogue is sound and every enabled profile's password can be unsealed."""
