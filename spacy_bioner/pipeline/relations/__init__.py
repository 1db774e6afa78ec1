"""``bioner_relations``: candidate pairs, gold labels, the component, its scores."""
