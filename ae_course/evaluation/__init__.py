"""What a trained model is worth: errors, distances, neighbors."""
