"""Silver standards: several systems' annotations put to the vote, and cleaned of what is gold."""
