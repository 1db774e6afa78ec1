"""``bioner_dictionary``: terms, learning of terms, and search for terms."""
