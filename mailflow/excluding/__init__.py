"""Mail that no person wrote: what machines write, and what came back."""
