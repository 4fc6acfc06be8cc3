"""Drop-in faces of the tools people come from."""
