"""Values that every feature may use."""
