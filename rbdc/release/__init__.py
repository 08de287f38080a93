"""What goes out to readers; so far the headline of a refresh, as table and chart."""
