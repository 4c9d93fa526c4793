//! What names may hold, and where it ends.
