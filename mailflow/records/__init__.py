"""Forms: Word templates, record numbers, QR marks and (later) signatures."""
