"""Networks over pairs of mentions: which relation a text states between the two."""
