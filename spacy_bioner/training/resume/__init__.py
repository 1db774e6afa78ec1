"""Training that was killed goes on where it was last saved."""
