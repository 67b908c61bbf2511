"""A gradebook over batches: roster, attempts, late days, manual marks, and what platforms import."""
