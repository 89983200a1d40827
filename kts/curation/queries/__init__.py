"""What moderators read, each given the viewer where it matters."""
