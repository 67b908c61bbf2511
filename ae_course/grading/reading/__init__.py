"""What was handed in, as data: files found, archives unpacked, notebooks parsed, none of it run."""
