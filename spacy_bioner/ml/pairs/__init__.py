"""Networks over pairs of mentions, which predict the relation that a text states between the two."""
