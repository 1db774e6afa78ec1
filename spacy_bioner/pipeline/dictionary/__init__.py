"""``bioner_dictionary``: terms, how they are learnt, and how they are found."""
