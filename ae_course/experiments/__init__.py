"""The published experiments: one file a paper, the ledger of results, the verdicts."""
