"""Kill processes during their work: everything acknowledged must be stored, nothing by half."""
