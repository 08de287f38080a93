"""From estimates to answers: the derived marts, made from counts and never from records."""
