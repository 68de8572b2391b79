"""What we send to the world: status callbacks, and messages through the Messages API."""
