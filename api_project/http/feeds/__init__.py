"""Lists as feeds: Atom, RSS and JSON Feed."""
