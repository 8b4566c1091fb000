"""What runs around the work: health, logs, the lock of the storage, the clock."""
