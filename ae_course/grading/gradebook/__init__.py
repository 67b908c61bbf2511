"""A gradebook over batches: roster, attempts, late days, marks by hand, what platforms import."""
