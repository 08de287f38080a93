"""Great Expectations suites, one readable file a table, and the gate that runs them."""
