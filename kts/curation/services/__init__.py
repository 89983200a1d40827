"""What moderators do; every verb takes the actor and writes into the log."""
